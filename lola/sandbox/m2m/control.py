"""The control API of the platform: act as the user, set verdicts, move operations, add partners.

Routes are below `/control/m2m`, plain lists below `/control`. It does what people and the platform
itself would, under the same rules. A credential is shown once, when it is made, as in the partner
portal.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from lola.domain.messages import JsonObject
from lola.sandbox.control_requests import list_response, read_request
from lola.sandbox.m2m import request_schemas as schemas
from lola.sandbox.m2m import views
from lola.sandbox.m2m.errors import FieldsError, RefusedError, UnknownResourceError
from lola.sandbox.m2m.partners import new_key, new_secret
from lola.sandbox.m2m.platform import Platform
from lola.sandbox.m2m.rows import CipTicket, Link, OperationStatus, Partner, Verdict
from lola.sandbox.m2m.transfer_details import TransferDetails

REMOTE: JsonObject = {"userAgent": "remote control", "platform": "Other", "language": "en"}

_Answer = Callable[[web.Request], Awaitable[web.Response]]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Partner(_Body):
    slug: str = Field(pattern=r"^[a-z0-9]{2,20}$")
    name: str = Field(min_length=1)


class _Status(_Body):
    status: Literal["active", "suspended"]


class _Webhook(_Body):
    url: str = Field(pattern=r"^(https?://.*)?$")


class _Verdict(_Body):
    verdict: Verdict


class _Fields(_Body):
    fields: dict[str, str] = Field(default_factory=dict)


class _Payout(_Body):
    payout_id: str = Field("", alias="payoutId")
    method: dict[str, Any] | None = None


class _Card(_Body):
    token: str
    brand: str
    last_four: str = Field(alias="lastFour")


class _Approval(_Body):
    amount: dict[str, Any] | None = None


class _Cancellation(_Body):
    reason: str = ""


class _Advance(_Body):
    status: OperationStatus
    reason: str | None = None


class _Switches(_Body):
    data_request_on: Literal["open", "creation"] | None = Field(None, alias="dataRequestOn")
    tell_ends: bool | None = Field(None, alias="tellEnds")
    tell_cip: bool | None = Field(None, alias="tellCip")
    drop_webhooks: bool | None = Field(None, alias="dropWebhooks")


class PlatformControl:
    """The routes of the platform's control API. `home` is the slug of the service's own partner."""

    def __init__(self, platform: Platform, home: str) -> None:
        self._platform = platform
        self._home = home

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Add the routes below `prefix`."""
        link = f"{prefix}/m2m/links/{{link_id}}"
        partner = f"{prefix}/m2m/partners/{{slug}}"
        routes: tuple[tuple[str, str, _Answer], ...] = (
            ("PUT", f"{prefix}/webhook", self._set_webhook),
            ("GET", f"{prefix}/links", self._list_links),
            ("GET", f"{prefix}/operations", self._list_operations),
            ("GET", f"{prefix}/deliveries", self._list_deliveries),
            ("GET", link, self._show_link),
            ("POST", f"{link}/open", self._open),
            ("POST", f"{link}/submit", self._submit),
            ("POST", f"{link}/scan", self._scan),
            ("POST", f"{link}/liveness", self._prove_liveness),
            ("POST", f"{link}/verdict", self._decide),
            ("POST", f"{link}/payout", self._choose_payout),
            ("POST", f"{link}/card", self._add_card),
            ("POST", f"{link}/hurry", self._hurry),
            ("POST", f"{link}/approve", self._approve),
            ("POST", f"{link}/cancel", self._cancel),
            ("POST", f"{prefix}/m2m/operations/{{operation_id}}", self._advance),
            ("PUT", f"{prefix}/m2m/users/{{reference}}/verdict", self._set_next_verdict),
            ("POST", f"{prefix}/m2m/deliveries/{{delivery_id}}/replay", self._replay),
            ("PUT", f"{prefix}/m2m/switches", self._switch),
            ("GET", f"{prefix}/m2m/partners", self._list_partners),
            ("POST", f"{prefix}/m2m/partners", self._add_partner),
            ("PUT", partner, self._set_status),
            ("POST", f"{partner}/keys", self._add_key),
            ("DELETE", f"{partner}/keys/{{key_prefix}}", self._revoke_key),
        )
        for method, path, handler in routes:
            app.router.add_route(method, path, _with_refusals(handler))

    async def _set_webhook(self, request: web.Request) -> web.Response:
        url = (await read_request(request, _Webhook)).url
        self._platform.partners.set_webhook_url(self._partner(self._home), url or None)
        return web.json_response({"url": url})

    async def _list_links(self, request: web.Request) -> web.Response:
        found = [self._platform.details(link) for link in self._platform.links.list.all()]
        return list_response(request, found, "referenceId", "linkId")

    async def _list_operations(self, request: web.Request) -> web.Response:
        found = [views.operation_view(one) for one in self._platform.operations.list.all()]
        return list_response(request, found, "referenceId", "linkId")

    async def _list_deliveries(self, request: web.Request) -> web.Response:
        found = [views.delivery_view(one) for one in self._platform.deliveries.list.all()]
        return list_response(request, found, "referenceId", "linkId", "event", "status")

    async def _show_link(self, request: web.Request) -> web.Response:
        link, customer = self._link(request), self._platform.customer
        user = self._platform.users.get(link.user_id)
        return web.json_response(
            self._platform.details(link)
            | {
                "state": self._platform.links.state(link),
                "step": customer.where(link),
                "missingFields": list(customer.missing(link)),
                "userState": user.state,
                "sources": self._platform.users.sources(link.user_id),
            }
        )

    async def _open(self, request: web.Request) -> web.Response:
        self._platform.customer.open(self._link(request), REMOTE)
        return await self._show_link(request)

    async def _submit(self, request: web.Request) -> web.Response:
        order = await read_request(request, _Fields)
        self._platform.customer.submit(self._link(request), order.fields)
        return await self._show_link(request)

    async def _scan(self, request: web.Request) -> web.Response:
        return _ticket(self._platform.customer.scan(self._link(request)))

    async def _prove_liveness(self, request: web.Request) -> web.Response:
        return _ticket(self._platform.customer.prove_liveness(self._link(request)))

    async def _decide(self, request: web.Request) -> web.Response:
        verdict = (await read_request(request, _Verdict)).verdict
        ticket = self._platform.customer.identify(self._link(request))
        return _ticket(self._platform.cip.decide(ticket, verdict))

    async def _choose_payout(self, request: web.Request) -> web.Response:
        order, link = await read_request(request, _Payout), self._link(request)
        if order.method is not None:
            method = schemas.read_payment_method(order.method)
            self._platform.customer.add_payout(link, method)
        else:
            self._platform.customer.choose_payout(link, order.payout_id)
        return await self._show_link(request)

    async def _add_card(self, request: web.Request) -> web.Response:
        card, link = await read_request(request, _Card), self._link(request)
        self._platform.customer.add_card(
            link, token=card.token, brand=card.brand, last_four=card.last_four
        )
        return await self._show_link(request)

    async def _hurry(self, request: web.Request) -> web.Response:
        order = await read_request(request, _Fields)
        self._platform.customer.hurry(self._link(request), order.fields)
        return await self._show_link(request)

    async def _approve(self, request: web.Request) -> web.Response:
        order, link = await read_request(request, _Approval), self._link(request)
        amount = order.amount or _confirmed(link)
        if amount is None:
            raise RefusedError(409, "INVALID_REQUEST", "The link names no amount")
        operation = self._platform.customer.approve(link, amount)
        return web.json_response(views.operation_view(operation))

    async def _cancel(self, request: web.Request) -> web.Response:
        order, link = await read_request(request, _Cancellation), self._link(request)
        operation = self._platform.customer.cancel(link, _confirmed(link), order.reason)
        return web.json_response(views.operation_view(operation))

    async def _advance(self, request: web.Request) -> web.Response:
        order = await read_request(request, _Advance)
        operation = self._platform.operations.get(request.match_info["operation_id"])
        moved = self._platform.operations.advance(operation, order.status, order.reason)
        return web.json_response(views.operation_view(moved))

    async def _set_next_verdict(self, request: web.Request) -> web.Response:
        verdict = (await read_request(request, _Verdict)).verdict
        partner = self._partner(request.query.get("partner", self._home))
        user = self._platform.users.ensure(partner, request.match_info["reference"])
        self._platform.users.set_next_verdict(user.user_id, verdict)
        return web.json_response({"userId": user.user_id, "nextVerdict": verdict})

    async def _replay(self, request: web.Request) -> web.Response:
        self._platform.deliveries.replay(request.match_info["delivery_id"])
        return web.Response(status=204)

    async def _switch(self, request: web.Request) -> web.Response:
        order = await read_request(request, _Switches)
        if order.data_request_on is not None:
            self._platform.requests.moment = order.data_request_on
        if order.tell_ends is not None:
            self._platform.operations.announces_ends = order.tell_ends
        if order.tell_cip is not None:
            self._platform.cip.announces = order.tell_cip
        if order.drop_webhooks is not None:
            self._platform.deliveries.drops = order.drop_webhooks
        return web.json_response(
            {
                "dropWebhooks": self._platform.deliveries.drops,
                "dataRequestOn": self._platform.requests.moment,
                "tellEnds": self._platform.operations.announces_ends,
                "tellCip": self._platform.cip.announces,
            }
        )

    async def _list_partners(self, _request: web.Request) -> web.Response:
        partners = self._platform.partners
        found = [
            {
                "slug": one.slug,
                "name": one.name,
                "status": one.status,
                "keys": partners.keys(one),
            }
            for one in partners.all()
        ]
        return web.json_response({"items": found})

    async def _add_partner(self, request: web.Request) -> web.Response:
        order = await read_request(request, _Partner)
        if self._platform.partners.find(order.slug):
            raise RefusedError(409, "INVALID_REQUEST", "The slug is taken")
        key, secret = new_key(), new_secret()
        self._platform.partners.ensure(
            slug=order.slug, name=order.name, api_key=key, webhook_secret=secret
        )
        return web.json_response({"apiKey": key, "webhookSecret": secret}, status=201)

    async def _set_status(self, request: web.Request) -> web.Response:
        status = (await read_request(request, _Status)).status
        partner = self._partner(request.match_info["slug"])
        self._platform.partners.set_status(partner, status)
        return web.json_response({"slug": partner.slug, "status": status})

    async def _add_key(self, request: web.Request) -> web.Response:
        partner = self._partner(request.match_info["slug"])
        return web.json_response({"apiKey": self._platform.partners.add_key(partner)}, status=201)

    async def _revoke_key(self, request: web.Request) -> web.Response:
        partner = self._partner(request.match_info["slug"])
        count = self._platform.partners.revoke_keys(partner, request.match_info["key_prefix"])
        return web.json_response({"revoked": count})

    def _link(self, request: web.Request) -> Link:
        return self._platform.links.get(request.match_info["link_id"])

    def _partner(self, slug: str) -> Partner:
        partner = self._platform.partners.find(slug)
        if partner is None:
            raise UnknownResourceError
        return partner


def _with_refusals(handler: _Answer) -> _Answer:
    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except FieldsError as error:
            return web.json_response({"fields": error.fields}, status=error.status)
        except RefusedError as error:
            body = {"code": error.code, "message": str(error)}
            return web.json_response(body, status=error.status)

    return handle


def _confirmed(link: Link) -> JsonObject | None:
    details = TransferDetails.read(link.metadata)
    return details.to_amount() if details else None


def _ticket(ticket: CipTicket) -> web.Response:
    return web.json_response(
        {
            "ticketId": ticket.ticket_id,
            "status": ticket.status,
            "scannedAt": ticket.scanned_at,
            "livenessAt": ticket.liveness_at,
        }
    )
