"""The sandbox's remote control, for tests and demonstrations: time, faults, people, journals.

Everything below `/control`, as JSON. It shows what happened and makes things happen, and it never
shows a credential.
"""

import json
from contextlib import suppress
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lola.messages import JsonObject
from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.deliveries import Deliveries
from lola.sandbox.graph import GraphStub
from lola.sandbox.journal import Delivered
from lola.sandbox.links import Links
from lola.sandbox.partner_faults import Fault, Partner, PartnerFaults
from lola.sandbox.twilio import TwilioStub
from lola.sandbox.world import Verdict, World

Shape = TypeVar("Shape")


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


class _Webhook(BaseModel):
    model_config = ConfigDict(extra="forbid")

    url: str = Field(pattern=r"^(https?://.*)?$")


class Control:
    """The routes of the remote control."""

    def __init__(
        self,
        *,
        clock: SandboxClock,
        faults: PartnerFaults,
        world: World,
        links: Links,
        deliveries: Deliveries,
        graph: GraphStub,
        twilio: TwilioStub,
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._world = world
        self._links = links
        self._deliveries = deliveries
        self._journals: dict[str, GraphStub | TwilioStub] = {"graph": graph, "twilio": twilio}

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Hang the routes below `prefix`."""
        add = app.router.add_route
        add("GET", f"{prefix}/clock", self._show_clock)
        add("POST", f"{prefix}/clock", self._advance)
        add("GET", f"{prefix}/faults", self._list_faults)
        add("POST", f"{prefix}/faults", self._add_fault)
        add("DELETE", f"{prefix}/faults", self._clear_faults)
        add("GET", f"{prefix}/senders", self._list_senders)
        add("PUT", f"{prefix}/senders/{{phone}}", self._put_sender)
        add("DELETE", f"{prefix}/senders/{{phone}}", self._forget_sender)
        add("PUT", f"{prefix}/webhook", self._set_webhook)
        add("GET", f"{prefix}/links", self._list_links)
        add("GET", f"{prefix}/operations", self._list_operations)
        add("GET", f"{prefix}/deliveries", self._list_deliveries)
        add("GET", f"{prefix}/{{channel:graph|twilio}}/messages", self._list_messages)

    async def _show_clock(self, _request: web.Request) -> web.Response:
        return web.json_response({"now": iso(self._clock())})

    async def _advance(self, request: web.Request) -> web.Response:
        self._clock.advance((await _read(request, _Advance)).seconds)
        return web.json_response({"now": iso(self._clock())})

    async def _list_faults(self, _request: web.Request) -> web.Response:
        return web.json_response(self._faults.pending())

    async def _add_fault(self, request: web.Request) -> web.Response:
        order = await _read(request, _Fault)
        self._faults.add(order.partner, order.fault, order.times)
        return web.json_response(self._faults.pending(), status=201)

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._faults.clear()
        return web.json_response(self._faults.pending())

    async def _list_senders(self, _request: web.Request) -> web.Response:
        return web.json_response({"items": self._world.senders()})

    async def _put_sender(self, request: web.Request) -> web.Response:
        phone = request.match_info["phone"]
        wish = await _read(request, _Sender)
        self._world.register(phone=phone, first_name=wish.first_name, last_name=wish.last_name)
        return web.json_response(self._world.set_verdict(phone, wish.verdict))

    async def _forget_sender(self, request: web.Request) -> web.Response:
        self._world.forget(request.match_info["phone"])
        return web.Response(status=204)

    async def _set_webhook(self, request: web.Request) -> web.Response:
        self._deliveries.webhook_url = (await _read(request, _Webhook)).url
        return web.json_response({"url": self._deliveries.webhook_url})

    async def _list_links(self, request: web.Request) -> web.Response:
        return _items(request, self._links.all(), "referenceId", "linkId")

    async def _list_operations(self, request: web.Request) -> web.Response:
        return _items(request, self._links.operations(), "referenceId", "linkId")

    async def _list_deliveries(self, request: web.Request) -> web.Response:
        found = self._deliveries.all()
        return _items(request, found, "referenceId", "linkId", "event", "status")

    async def _list_messages(self, request: web.Request) -> web.Response:
        """List what was delivered; with `count`, wait until there are that many for `to`."""
        stub = self._journals[request.match_info["channel"]]
        to = request.query.get("to")
        if to and (count := int(request.query.get("count", 0))):
            with suppress(TimeoutError):
                await stub.journal.wait(to, count, float(request.query.get("seconds", 10)))
        found = stub.sent if to is None else stub.messages_to(to)
        return web.json_response({"items": [_message(item) for item in found]})


def _message(item: Delivered) -> JsonObject:
    return {
        "id": item.id,
        "account": item.account,
        "to": item.recipient,
        "message": item.message,
        "at": iso(item.at),
    }


def _items(request: web.Request, found: list[JsonObject], *filters: str) -> web.Response:
    wanted = {name: request.query[name] for name in filters if name in request.query}
    return web.json_response({"items": [item for item in found if wanted.items() <= item.items()]})


async def _read(request: web.Request, shape: type[Shape]) -> Shape:
    """Answer the body as `shape`; 400 with the fields that are wrong."""
    try:
        body: Any = json.loads(await request.read())
        return TypeAdapter(shape).validate_python(body)
    except ValidationError as error:
        problem = {"fields": [".".join(map(str, item["loc"])) for item in error.errors()]}
    except ValueError:
        problem = {"fields": ["body"]}
    raise web.HTTPBadRequest(text=json.dumps(problem), content_type="application/json")
