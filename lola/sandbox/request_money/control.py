"""The control API of the Request Money stand-in: what its portal and a tester can do.

It sets the partner record, the outcome of the next creations and statuses, and lists operations and
deliveries. It never returns a credential; `requestData` is left out.
"""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from aiohttp import web
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from lola.domain.messages import JsonObject
from lola.sandbox.control_requests import read_request
from lola.sandbox.request_money.platform import Outcome, RequestMoneyPlatform
from lola.sandbox.request_money.refusals import RequestRefusal
from lola.sandbox.request_money.schemas import Status

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SHOWN = ("id", "event", "status", "attempts", "nextAttemptAt")


def _check_address(url: str) -> str:
    """Accept https, http on loopback because this is a sandbox, and an empty text."""
    parts = urlsplit(url)
    is_local = parts.scheme == "http" and parts.hostname in LOOPBACK
    if url and not (parts.hostname and (parts.scheme == "https" or is_local)):
        raise ValueError("only https, or http on loopback")
    return url


Url = Annotated[str, AfterValidator(_check_address)]


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")


class _Partner(_Body):
    landing_base_url: Url | None = None
    whatsapp_base_url: Url | None = None
    whatsapp_message_template: str | None = Field(None, max_length=1000)
    webhook_url: Url | None = None
    webhook_secret: Literal[""] | Annotated[str, Field(min_length=8)] | None = None


class _NewPartner(_Body):
    partner_id: str = Field(pattern=r"^[0-9a-f]{24}$")
    api_key: str = Field(min_length=16)


class _Outcomes(_Body):
    outcome: Outcome
    times: int = Field(1, ge=1, le=100)


class _Move(_Body):
    status: Status
    status_details: str | None = None


class RequestMoneyControl:
    """The routes below `/control/request-money`. `home` is the account of the service."""

    def __init__(self, platform: RequestMoneyPlatform, home: str) -> None:
        self._platform = platform
        self._home = home

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Add the routes below `prefix`."""
        root = f"{prefix}/request-money"
        add = app.router.add_route
        add("PATCH", f"{root}/partner", self._change_partner)
        add("POST", f"{root}/partners", self._add_partner)
        add("POST", f"{root}/outcomes", self._set_outcomes)
        add("GET", f"{root}/operations", self._list_operations)
        add("POST", f"{root}/operations/{{reference}}", self._move)
        add("GET", f"{root}/deliveries", self._list_deliveries)

    async def _change_partner(self, request: web.Request) -> web.Response:
        wish = await read_request(request, _Partner)
        changes = wish.model_dump(by_alias=True, exclude_none=True)
        self._platform.save_partner({**self._partner(), **changes})
        return web.Response(status=204)

    async def _add_partner(self, request: web.Request) -> web.Response:
        wish = await read_request(request, _NewPartner)
        home = self._partner()
        self._platform.ensure_partner(
            wish.partner_id, api_key=wish.api_key, landingBaseUrl=home["landingBaseUrl"]
        )
        return web.Response(status=201)

    async def _set_outcomes(self, request: web.Request) -> web.Response:
        wish = await read_request(request, _Outcomes)
        self._platform.next_outcomes += [wish.outcome] * wish.times
        return web.json_response({"outcomes": self._platform.next_outcomes}, status=201)

    async def _list_operations(self, _request: web.Request) -> web.Response:
        items = [
            {name: value for name, value in one.items() if name != "requestData"}
            for one in self._platform.operations()
        ]
        return web.json_response({"items": items})

    async def _move(self, request: web.Request) -> web.Response:
        wish = await read_request(request, _Move)
        try:
            moved = self._platform.move(
                self._partner(), request.match_info["reference"], wish.status, wish.status_details
            )
        except RequestRefusal as refusal:
            return web.json_response(refusal.body, status=refusal.status)
        return web.json_response(moved)

    async def _list_deliveries(self, _request: web.Request) -> web.Response:
        items = [{name: one[name] for name in SHOWN} for one in self._platform.deliveries.all()]
        return web.json_response({"items": items})

    def _partner(self) -> JsonObject:
        partner = self._platform.partner(self._home)
        if partner is None:
            raise web.HTTPNotFound
        return partner
