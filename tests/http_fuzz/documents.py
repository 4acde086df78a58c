"""OpenAPI documents of every route: the console's own for its API, generic ones for all others."""

from typing import Any

from aiohttp import web

from lola.console.openapi import document, path_parameters

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ANY: dict[str, Any] = {}
_TEXT = {"type": "string", "maxLength": 200}
# Words that some route gives a meaning to.
_QUERY = ("hub.mode", "hub.challenge", "since", "conversation", "removed", "phone", "to", "status")
# The partner's own word for "not found" is 500 (reference/raas.md 5.15).
_NOT_FOUND_IS_500 = frozenset({"/raas/v1/user/operations/detail/{id}"})
_BODIES = {
    "application/json": {"schema": {"anyOf": [{"type": "object"}, _ANY]}},
    "application/x-www-form-urlencoded": {
        "schema": {"type": "object", "additionalProperties": _TEXT}
    },
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
}


def described() -> dict[str, Any]:
    """Return the document of the console's API."""
    return document()


def generic(app: web.Application, *, below: str = "/", without: str = "\0") -> dict[str, Any]:
    """Return a document of the routes below one path, without those below another.

    It promises nothing of the responses, so only a status of 500 and above is a fault. What a
    stand-in answers 500 because its partner does is left out.
    """
    paths: dict[str, Any] = {}
    for route in app.router.routes():
        resource = route.resource
        if resource is None or route.method not in METHODS or _is_endless(resource.canonical):
            continue
        path = resource.canonical or "/"
        if not path.startswith(below) or path.startswith(without) or path in _NOT_FOUND_IS_500:
            continue
        operations = paths.setdefault(path, {})
        operations["parameters"] = list(path_parameters(resource))
        operations[route.method.lower()] = _operation(route.method)
    return {
        "openapi": "3.1.0",
        "info": {"title": "every other route", "version": "1"},
        "paths": paths,
    }


def _operation(method: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "parameters": [{"name": name, "in": "query", "schema": _TEXT} for name in _QUERY],
        "responses": {"default": {"description": "Anything that is no fault of ours."}},
    }
    if method != "GET":
        operation["requestBody"] = {"content": _BODIES}
    return operation


def _is_endless(path: str) -> bool:
    """Return whether a path is a stream of events, which does not end."""
    return "/live/" in path and not path.startswith("/health")
