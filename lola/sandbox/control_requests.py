"""Request bodies and list responses of the control API, for all of its parts."""

import json
from typing import Any, TypeVar

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from lola.domain.messages import JsonObject

Shape = TypeVar("Shape")


async def read_request(request: web.Request, shape: type[Shape]) -> Shape:
    """Return the body as `shape`; an empty body is `{}`. Raises HTTPBadRequest."""
    try:
        body: Any = json.loads(await request.read() or b"{}")
        return TypeAdapter(shape).validate_python(body)
    except ValidationError as error:
        problem = {"fields": [".".join(map(str, item["loc"])) for item in error.errors()]}
    except ValueError:
        problem = {"fields": ["body"]}
    raise web.HTTPBadRequest(text=json.dumps(problem), content_type="application/json")


def list_response(request: web.Request, found: list[JsonObject], *filters: str) -> web.Response:
    """Return a list, filtered by those of the named fields that the query has."""
    wanted = {name: request.query[name] for name in filters if name in request.query}
    return web.json_response({"items": [item for item in found if wanted.items() <= item.items()]})
