"""Request4R in front of PayHub's stand-in: opens requests, forwards them, seals the answers.

It is off until it has keys, as it is at the partner until a tenant is enabled (reference/raas.md
10). Plain bodies are answered where the skip header asks for them. An OpenAPI document says so.
"""

import json
from collections.abc import Mapping

import aiohttp
from aiohttp import web
from pydantic import BaseModel, ConfigDict
from yarl import URL

from lola.domain.messages import JsonObject
from lola.errors import ConfigurationError
from lola.partners.http import JSON_TYPE
from lola.partners.payhub.request4r import (
    INVALID,
    PREFIX,
    REQUEST_TYPE,
    RESPONSE_TYPE,
    SKIP_HEADER,
    JweError,
    JweKeys,
)
from lola.partners.payhub.routes import ROUTES
from lola.sandbox.control_requests import read_request
from lola.sandbox.payhub.responses import json_response

KEY_HEADER = "api_key"
REFERENCE, REFERENCE_HEADER = "reference_id", "X-Reference-ID"
COMPACT = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"


class _KeyPairs(BaseModel):
    model_config = ConfigDict(extra="forbid")

    private: dict[str, str]
    public: dict[str, str]


class Request4RGateway:
    """The routes below `{prefix}/partners/request4r`. `upstream` is set before the first call."""

    def __init__(self) -> None:
        self.upstream = ""
        self._keys: JweKeys | None = None
        self._session: aiohttp.ClientSession | None = None
        self._prefix = ""

    def enable(self, *, private: Mapping[str, str], public: Mapping[str, str]) -> None:
        """Use these keys: the partner's own private ones, and the service's public ones."""
        self._keys = JweKeys(private=private, public=public)

    def add_routes(self, app: web.Application, prefix: str, control: str) -> None:
        """Add the gateway, its document and the control route that enables it."""
        self._prefix = f"{prefix}{PREFIX}"
        app.router.add_route("*", f"{self._prefix}/{{route:.+}}", self._forward)
        app.router.add_get(f"{prefix}/request4r.json", self._document)
        app.router.add_put(f"{control}/request4r", self._set_keys)

    async def stop(self) -> None:
        """Close the client."""
        if self._session is not None:
            await self._session.close()

    async def _forward(self, request: web.Request) -> web.Response:
        is_plain = SKIP_HEADER in request.headers
        raw, reference = await request.read(), ""
        try:
            if not is_plain and raw:
                raw = self._opened(raw)
            raw, reference = _without_reference(raw)
        except JweError as error:
            return json_response({"reason": str(error), "code": INVALID}, 400)
        status, answer = await self._ask(request, raw)
        headers = {REFERENCE_HEADER: reference} if reference else {}
        if is_plain or self._keys is None:
            return web.Response(status=status, body=answer, content_type=JSON_TYPE, headers=headers)
        sealed = self._keys.encrypt(answer).encode() if answer else b""
        return web.Response(status=status, body=sealed, content_type=RESPONSE_TYPE, headers=headers)

    def _opened(self, raw: bytes) -> bytes:
        if self._keys is None:
            raise JweError("Request4R is not enabled for this tenant")
        return self._keys.decrypt(raw)

    async def _ask(self, request: web.Request, raw: bytes) -> tuple[int, bytes]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        target = f"{self.upstream}{request.raw_path.removeprefix(self._prefix)}"
        headers = {KEY_HEADER: request.headers.get(KEY_HEADER, "")}
        if raw:
            headers["Content-Type"] = JSON_TYPE
        async with self._session.request(
            request.method,
            URL(target, encoded=True),
            data=raw or None,
            headers=headers,
        ) as response:
            return response.status, await response.read()

    async def _set_keys(self, request: web.Request) -> web.Response:
        wish = await read_request(request, _KeyPairs)
        try:
            self.enable(private=wish.private, public=wish.public)
        except ConfigurationError as error:
            return json_response({"reason": error.args[0]}, 400)
        return web.Response(status=204)

    async def _document(self, _request: web.Request) -> web.Response:
        return web.json_response(document())


def document() -> JsonObject:
    """Return the OpenAPI document: every route of RaaS, with its bodies as one JWE."""
    sealed = {"type": "string", "pattern": COMPACT}
    answers = {
        "default": {
            "description": "The answer of the route, encrypted to the partner.",
            "content": {RESPONSE_TYPE: {"schema": sealed}},
        },
        "400": {
            "description": "The body is no JWE for this receiver.",
            "content": {
                JSON_TYPE: {
                    "schema": {
                        "type": "object",
                        "required": ["reason", "code"],
                        "properties": {
                            "reason": {"type": "string"},
                            "code": {"const": INVALID},
                        },
                    }
                }
            },
        },
    }
    paths: dict[str, JsonObject] = {}
    for name, route in ROUTES.items():
        operation: JsonObject = {"operationId": name, "responses": answers}
        if route.method in {"POST", "PUT", "PATCH"}:
            content = {REQUEST_TYPE: {"schema": sealed}}
            operation["requestBody"] = {"required": True, "content": content}
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Request4R, as the sandbox serves it", "version": "1.0.0"},
        "components": {
            "securitySchemes": {"api_key": {"type": "apiKey", "in": "header", "name": KEY_HEADER}}
        },
        "security": [{"api_key": []}],
        "paths": paths,
    }


def _without_reference(raw: bytes) -> tuple[bytes, str]:
    """Return a body without its tracing id, and the id. Raises JweError for what is no JSON."""
    if not raw:
        return raw, ""
    try:
        body = json.loads(raw)
    except ValueError:
        raise JweError("the plaintext is no JSON") from None
    reference = body.pop(REFERENCE, "") if isinstance(body, dict) else ""
    return (json.dumps(body).encode() if reference else raw), str(reference)
