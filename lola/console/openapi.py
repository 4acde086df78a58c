"""Describes the console's JSON API as an OpenAPI 3.1 document, from its routes and their models.

Every route is described: `document` fails where one is not. Nothing here serves a request.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from inspect import getdoc
from types import MappingProxyType
from typing import Any

from aiohttp import web
from pydantic import BaseModel, TypeAdapter

from lola.console.api import Assign, HandBack, Login, Reply, Resolve, Text, add_api
from lola.console.partner_api import ROUTES, Reason, add_partner_routes
from lola.console.security import CSRF_HEADER
from lola.console.views import CaseView, ConversationView
from lola.domain.messages import JsonObject

_COMPONENTS = "#/components/schemas/{model}"
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_RECORD: JsonObject = {"type": "object"}
_GROUP = re.compile(r"\(\?P<(?P<name>\w+)>(?P<pattern>[^()]+)\)")

NOT_READ: Mapping[int, str] = MappingProxyType(
    {
        400: "The request cannot be read.",
        404: "No such path.",
        405: "Not a method of this path.",
        413: "The body is over the limit.",
        415: "The body is encoded.",
        503: "The store cannot be reached; try again.",
    }
)
"""Responses that any path may have, as one sentence of plain text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Described:
    """What one route takes and returns, and which errors it has beside the common ones."""

    returns: JsonObject
    body: type[BaseModel] | None = None
    status: int = 200
    errors: tuple[int, ...] = ()


def document() -> JsonObject:
    """Return the document. Raises LookupError for a route that nothing here describes."""
    app, schemas = web.Application(), dict[str, Any]()
    add_api(app)
    add_partner_routes(app)
    described = _described(schemas)
    paths: dict[str, JsonObject] = {}
    for route in app.router.routes():
        resource = route.resource
        if resource is None or resource.name is None or route.method == "HEAD":
            continue
        operation = _operation(route, described[resource.name])
        operations = paths.setdefault(f"/console{resource.canonical}", {})
        operations[route.method.lower()] = operation
        if parameters := list(path_parameters(resource)):
            operations["parameters"] = parameters
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lola console", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": schemas | {"Error": _ERROR},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "lola_console"},
                "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
            },
        },
    }


_ERROR: JsonObject = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string", "description": "a stable word"}},
}


def path_parameters(resource: web.AbstractResource) -> Iterator[JsonObject]:
    """Yield the parameters of a path, with the pattern that each must match."""
    found = resource.get_info().get("pattern")
    for group in _GROUP.finditer(found.pattern if found else ""):
        schema = {"type": "string", "minLength": 1, "pattern": f"^{group['pattern']}$"}
        yield {"name": group["name"], "in": "path", "required": True, "schema": schema}


def _described(schemas: dict[str, Any]) -> dict[str, _Described]:
    """Return the routes by name; the schemas of views are added to `schemas`."""
    cases = _schema(tuple[CaseView, ...], schemas)
    ownership = _object(owner=_TEXT, staff=_TEXT, epoch={"type": "integer"})
    queued = _object(id=_TEXT, duplicate={"type": "boolean"})
    routes = {
        "api_sign_in": _Described(
            body=Login, returns=_object(name=_TEXT, role=_TEXT, csrf=_TEXT), errors=(422, 429)
        ),
        "api_queue": _Described(returns=_object(waiting=_COUNT, human=_COUNT, cases=cases)),
        "api_conversation": _Described(returns=_schema(ConversationView, schemas)),
        "api_take_over": _Described(returns=ownership, errors=(409,)),
        "api_reply": _Described(body=Reply, status=202, returns=queued, errors=(409, 422)),
        "api_hand_back": _Described(body=HandBack, returns=ownership, errors=(409, 422)),
        "api_resolve": _Described(body=Resolve, returns=ownership, errors=(409, 422)),
        "api_assign": _Described(body=Assign, returns=ownership, errors=(409, 422)),
        "api_note": _Described(
            body=Text, status=201, returns=_object(kept={"type": "boolean"}), errors=(422,)
        ),
        "api_draft": _Described(
            body=Text,
            returns=_object(removed={"type": "array", "items": _TEXT}, language=_TEXT),
            errors=(422,),
        ),
    }
    for access in ROUTES:
        routes[f"api_m2m_{access.name}"] = _Described(
            body=Reason if access.method == "POST" else None,
            status=201 if access.name == "verify" else 200,
            returns=_RECORD,
            errors=(409, 422, 502),
        )
    return routes


def _operation(route: web.AbstractRoute, described: _Described) -> JsonObject:
    name = route.resource.name if route.resource else ""
    is_open = name == "api_sign_in"
    responses: JsonObject = {
        str(status): {"description": text, "content": {"text/plain": {"schema": _TEXT}}}
        for status, text in NOT_READ.items()
    }
    for status in (401, 403, 404, *described.errors):
        content = responses.setdefault(str(status), {"description": "Refused."})
        content.setdefault("content", {})["application/json"] = {"schema": _ref("Error")}
    responses[str(described.status)] = {
        "description": "Done.",
        "content": {"application/json": {"schema": described.returns}},
    }
    operation: JsonObject = {
        "operationId": name,
        "summary": (getdoc(route.handler) or str(name)).partition("\n")[0],
        "responses": responses,
    }
    if not is_open:
        safe = route.method == "GET"
        operation["security"] = [{"session": []} if safe else {"session": [], "csrf": []}]
    if described.body is not None:
        schema = described.body.model_json_schema()
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    if name == "api_m2m_deliveries":
        operation["parameters"] = [
            {"name": one, "in": "query", "schema": _TEXT} for one in ("link", "status")
        ]
    return operation


def _object(**properties: JsonObject) -> JsonObject:
    return {"type": "object", "required": list(properties), "properties": properties}


def _ref(name: str) -> JsonObject:
    return {"$ref": _COMPONENTS.format(model=name)}


def _schema(kind: Any, schemas: dict[str, Any]) -> JsonObject:
    found = TypeAdapter(kind).json_schema(mode="serialization", ref_template=_COMPONENTS)
    schemas.update(found.pop("$defs", {}))
    return found
