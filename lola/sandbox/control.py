"""The sandbox's control API for tests and demonstrations: clock, faults, senders, sent messages.

JSON below `/control`; it never returns a credential. The routes for the M2M platform are in
`lola.sandbox.m2m.control`.
"""

from collections.abc import Mapping
from contextlib import suppress

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from lola.domain.messages import JsonObject
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.control_requests import read_request
from lola.sandbox.message_log import SentMessage
from lola.sandbox.partner_faults import Fault, Partner, PartnerFaults
from lola.sandbox.payhub.operations_stub import OperationsStub
from lola.sandbox.payhub.senders import SenderDirectory, Verdict
from lola.sandbox.stand_in import ChannelStub


class _Advance(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seconds: float = Field(ge=0, le=366 * 86_400)


class _Fault(BaseModel):
    model_config = ConfigDict(extra="forbid")

    partner: Partner
    fault: Fault
    times: int = Field(1, ge=1, le=1000)


class _Sender(BaseModel):
    model_config = ConfigDict(extra="forbid")

    verdict: Verdict = "passed"
    first_name: str = Field("Prueba", alias="firstName", min_length=1)
    last_name: str = Field("Sandbox", alias="lastName", min_length=1)


class _Status(BaseModel):
    model_config = ConfigDict(extra="forbid")

    status: str


class _Hooks(BaseModel):
    model_config = ConfigDict(extra="forbid")

    urls: tuple[str, ...]


class Control:
    """The routes of the control API."""

    def __init__(
        self,
        *,
        clock: SandboxClock,
        faults: PartnerFaults,
        senders: SenderDirectory,
        operations: OperationsStub,
        channels: Mapping[str, ChannelStub],
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._senders = senders
        self._operations = operations
        self._channels = channels

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Add the routes below `prefix`."""
        add = app.router.add_route
        channels = "|".join(self._channels)
        add("GET", f"{prefix}/clock", self._show_clock)
        add("POST", f"{prefix}/clock", self._advance)
        add("GET", f"{prefix}/faults", self._list_faults)
        add("POST", f"{prefix}/faults", self._add_fault)
        add("DELETE", f"{prefix}/faults", self._clear_faults)
        add("GET", f"{prefix}/senders", self._list_senders)
        add("PUT", f"{prefix}/senders/{{phone}}", self._put_sender)
        add("DELETE", f"{prefix}/senders/{{phone}}", self._forget_sender)
        add("POST", f"{prefix}/operations/{{id}}", self._move_operation)
        add("PUT", f"{prefix}/raas/webhooks", self._set_hooks)
        add("GET", f"{prefix}/{{channel:{channels}}}/messages", self._list_messages)

    async def _show_clock(self, _request: web.Request) -> web.Response:
        return web.json_response({"now": iso(self._clock())})

    async def _advance(self, request: web.Request) -> web.Response:
        self._clock.advance((await read_request(request, _Advance)).seconds)
        return web.json_response({"now": iso(self._clock())})

    async def _list_faults(self, _request: web.Request) -> web.Response:
        return web.json_response(self._faults.pending())

    async def _add_fault(self, request: web.Request) -> web.Response:
        order = await read_request(request, _Fault)
        self._faults.add(order.partner, order.fault, order.times)
        return web.json_response(self._faults.pending(), status=201)

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._faults.clear()
        return web.json_response(self._faults.pending())

    async def _list_senders(self, _request: web.Request) -> web.Response:
        return web.json_response({"items": self._senders.all()})

    async def _put_sender(self, request: web.Request) -> web.Response:
        phone = request.match_info["phone"]
        wish = await read_request(request, _Sender)
        self._senders.register(phone=phone, first_name=wish.first_name, last_name=wish.last_name)
        return web.json_response(self._senders.set_verdict(phone, wish.verdict))

    async def _forget_sender(self, request: web.Request) -> web.Response:
        self._senders.forget(request.match_info["phone"])
        return web.Response(status=204)

    async def _move_operation(self, request: web.Request) -> web.Response:
        """Move an operation of PayHub to a status, which sends its webhook."""
        status = (await read_request(request, _Status)).status
        try:
            operation = self._operations.advance(request.match_info["id"], status)
        except ValueError:
            return web.json_response({"error": "not a status, or the operation ended"}, status=409)
        if operation is None:
            return web.json_response({"error": "no such operation"}, status=404)
        return web.json_response(operation)

    async def _set_hooks(self, request: web.Request) -> web.Response:
        """Set the addresses that PayHub reports to."""
        self._operations.hooks.urls = (await read_request(request, _Hooks)).urls
        return web.json_response({"urls": list(self._operations.hooks.urls)})

    async def _list_messages(self, request: web.Request) -> web.Response:
        """List what was delivered; with `count`, wait until there are that many for `to`."""
        stub = self._channels[request.match_info["channel"]]
        to = request.query.get("to")
        if to and (count := int(request.query.get("count", 0))):
            with suppress(TimeoutError):
                await stub.message_log.wait(to, count, float(request.query.get("seconds", 10)))
        found = stub.sent if to is None else stub.messages_to(to)
        return web.json_response({"items": [_message(item) for item in found]})


def _message(item: SentMessage) -> JsonObject:
    return {
        "id": item.id,
        "account": item.account,
        "to": item.recipient,
        "message": item.message,
        "at": iso(item.at),
    }
