"""The OpenAPI document of PayHub's stand-in, as the sandbox publishes it."""

from functools import cache
from importlib import resources

import yaml
from aiohttp import web

from lola.domain.messages import JsonObject

PATH = "/openapi.json"


@cache
def openapi() -> JsonObject:
    """Return the document."""
    text = resources.files(__package__).joinpath("openapi.yaml").read_text("utf-8")
    document: JsonObject = yaml.safe_load(text)
    return document


async def show_openapi(_request: web.Request) -> web.Response:
    """Return the document; it needs no key."""
    return web.json_response(openapi())
