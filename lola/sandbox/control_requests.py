"""How the remote control reads orders and lists things: JSON in, JSON out, for every part alike."""

import json
from typing import Any, TypeVar

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from lola.domain.messages import JsonObject

Shape = TypeVar("Shape")


async def read_request(request: web.Request, shape: type[Shape]) -> Shape:
    """Answer the body as `shape`; an empty body is an empty order. 400 names the wrong fields."""
    try:
        body: Any = json.loads(await request.read() or b"{}")
        return TypeAdapter(shape).validate_python(body)
    except ValidationError as error:
        problem = {"fields": [".".join(map(str, item["loc"])) for item in error.errors()]}
    except ValueError:
        problem = {"fields": ["body"]}
    raise web.HTTPBadRequest(text=json.dumps(problem), content_type="application/json")


def list_response(request: web.Request, found: list[JsonObject], *filters: str) -> web.Response:
    """Answer a list, by the named fields where the query asks for it."""
    wanted = {name: request.query[name] for name in filters if name in request.query}
    return web.json_response({"items": [item for item in found if wanted.items() <= item.items()]})
