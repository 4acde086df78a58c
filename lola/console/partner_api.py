"""The M2M account for staff, as JSON under `/api/m2m/`: a sender's records, and actions on them.

Sign-in, token and errors are those of `lola.console.api`. `ROUTES` says who may do what. Personal
data is masked, and no answer holds an address that opens a link. Every action is recorded.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import NamedTuple, TypeVar

import structlog
from aiohttp import web
from pydantic import BaseModel, ConfigDict

from lola.console.api import error_answer, read_body
from lola.console.context import CONSOLE, CONVERSATION, SIGN_IN, conversation_of
from lola.domain.messages import Address, JsonObject
from lola.domain.session import session_from_json
from lola.errors import (
    MalformedPayloadError,
    PartnerError,
    PartnerRefusedError,
    StaffActionError,
)
from lola.escalation.partner_actions import PartnerActions
from lola.partners.m2m import M2MClient
from lola.partners.m2m.masking import shown
from lola.partners.m2m.model import Delivery, DeliveryStatus, User
from lola.telemetry import names

MOST = 50
"""How many records of one kind an answer holds at most, the newest."""
SENDER = f"conversations/{CONVERSATION}"
ID = r"{id:[A-Za-z0-9._-]{1,100}}"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Item = TypeVar("Item", bound=BaseModel)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerDesk:
    """What the routes work with. `reference_of`: a sender → the partner's reference of them."""

    client: M2MClient
    actions: PartnerActions
    reference_of: Callable[[Address], str]


PARTNER = web.AppKey("partner", PartnerDesk)


class Reason(BaseModel):
    """The body of an action: why it is done."""

    model_config = ConfigDict(extra="forbid")
    reason: str


async def operations(request: web.Request) -> web.StreamResponse:
    """Return the operations of a conversation's sender, newest first."""
    reference = await _reference(request)
    return await _list(_desk(request).client.list_operations(reference_id=reference))


async def links(request: web.Request) -> web.StreamResponse:
    """Return the links of a conversation's sender, newest first, without their addresses."""
    reference = await _reference(request)
    return await _list(_desk(request).client.list_links(reference_id=reference))


async def user(request: web.Request) -> web.StreamResponse:
    """Return the partner's user of a conversation's sender: identity check, block, activity."""
    found = await _user(request)
    return web.json_response(shown(await _desk(request).client.get_user(found.user_id)))


async def block(request: web.Request) -> web.StreamResponse:
    """Block the sender with `{"reason"}`: no new link, no completed transfer."""
    reason, found = await _reason(request), await _user(request)
    done = await _desk(request).actions.block(request[SIGN_IN].name, found.user_id, reason)
    return web.json_response(shown(done))


async def unblock(request: web.Request) -> web.StreamResponse:
    """Lift the sender's block with `{"reason"}`."""
    reason, found = await _reason(request), await _user(request)
    done = await _desk(request).actions.unblock(request[SIGN_IN].name, found.user_id, reason)
    return web.json_response(shown(done))


async def activity(request: web.Request) -> web.StreamResponse:
    """Return what happened to a link, oldest first."""
    steps = await _desk(request).client.link_activity(_id(request))
    return web.json_response({"items": [shown(step) for step in steps]})


async def revoke(request: web.Request) -> web.StreamResponse:
    """Revoke a link that was not used, with `{"reason"}`."""
    reason = await _reason(request)
    done = await _desk(request).actions.revoke(request[SIGN_IN].name, _id(request), reason)
    return web.json_response(shown(done))


async def readiness(request: web.Request) -> web.StreamResponse:
    """Return whether a link has what an identity check needs, and what is missing."""
    return web.json_response(shown(await _desk(request).client.cip_readiness(_id(request))))


async def request_verification(request: web.Request) -> web.StreamResponse:
    """Begin an identity check of a link's user, with `{"reason"}`; `told`: the sender hears."""
    reason = await _reason(request)
    ticket, is_told = await _desk(request).actions.request_verification(
        request[SIGN_IN].name, _id(request), reason
    )
    return web.json_response(shown(ticket) | {"told": is_told}, status=201)


async def deliveries(request: web.Request) -> web.StreamResponse:
    """Return the partner's webhooks, newest first; `link` and `status` in the query narrow."""
    status = request.query.get("status")
    if status not in {None, *DeliveryStatus}:
        return error_answer(422, "malformed")
    found: AsyncIterator[Delivery] = _desk(request).client.list_deliveries(
        link_id=request.query.get("link", ""), status=DeliveryStatus(status) if status else None
    )
    return await _list(found)


async def redeliver(request: web.Request) -> web.StreamResponse:
    """Take a webhook again from the partner's log, with `{"reason"}`; return the outcome."""
    reason = await _reason(request)
    outcome = await _desk(request).actions.redeliver(request[SIGN_IN].name, _id(request), reason)
    return web.json_response({"outcome": outcome})


class Access(NamedTuple):
    """A route under `/api/m2m/`; `lola.console.roles` says who may use it."""

    name: str
    method: str
    path: str
    handler: Handler


ROUTES: tuple[Access, ...] = (
    Access("operations", "GET", f"{SENDER}/operations", operations),
    Access("links", "GET", f"{SENDER}/links", links),
    Access("user", "GET", f"{SENDER}/user", user),
    Access("block", "POST", f"{SENDER}/block", block),
    Access("unblock", "POST", f"{SENDER}/unblock", unblock),
    Access("activity", "GET", f"links/{ID}/activity", activity),
    Access("revoke", "POST", f"links/{ID}/revoke", revoke),
    Access("readiness", "GET", f"links/{ID}/verification", readiness),
    Access("verify", "POST", f"links/{ID}/verification", request_verification),
    Access("deliveries", "GET", "deliveries", deliveries),
    Access("redeliver", "POST", f"deliveries/{ID}/redeliver", redeliver),
)


def add_partner_api(app: web.Application, desk: PartnerDesk) -> None:
    """Register the routes of `ROUTES`, which work with `desk`."""
    app[PARTNER] = desk
    add_partner_routes(app)


def add_partner_routes(app: web.Application) -> None:
    """Register the routes of `ROUTES`."""
    for access in ROUTES:
        path, name = f"/api/m2m/{access.path}", f"api_m2m_{access.name}"
        app.router.add_route(access.method, path, _guarded(access), name=name)


def _guarded(access: Access) -> Handler:
    @wraps(access.handler)
    async def handle(request: web.Request) -> web.StreamResponse:
        sign_in = request[SIGN_IN]
        if access.method == "GET":
            log.info(names.CONSOLE_PARTNER_READ, staff=sign_in.name, action=access.name)
        try:
            return await access.handler(request)
        except StaffActionError as error:
            return error_answer(STATUS_OF.get(error.word, 422), error.word)
        except MalformedPayloadError:
            return error_answer(422, "unreadable")
        except PartnerError as error:
            return _of_partner(error)

    return handle


STATUS_OF: Mapping[str, int] = {"no_conversation": 404, "no_user": 404, "used": 409}
"""HTTP status of a refusal's word; the others are 422."""


def _of_partner(error: PartnerError) -> web.Response:
    """Return what the partner said. Its 401 and 403 are about our key, and not about staff."""
    if not isinstance(error, PartnerRefusedError):
        return error_answer(503, "partner_unavailable", code=error.code)
    word = {404: "unknown", 409: "conflict"}.get(error.status, "partner_refused")
    status = error.status if error.status in {404, 409} else 502
    if error.status in {400, 422}:
        status = 422
    return error_answer(status, word, code=error.code, partner_code=error.partner_code)


async def _list(found: AsyncIterator[Item]) -> web.Response:
    items: list[JsonObject] = []
    async for item in found:
        if len(items) == MOST:
            return web.json_response({"items": items, "more": True})
        items.append(shown(item))
    return web.json_response({"items": items, "more": False})


async def _user(request: web.Request) -> User:
    found = _desk(request).client.list_users(reference_id=await _reference(request))
    async for one in found:
        return one
    raise StaffActionError("no_user", "the partner has no such user")


async def _reference(request: web.Request) -> str:
    stored = await request.app[CONSOLE].store.read(conversation_of(request), limit=1)
    if stored.state is None:
        raise StaffActionError("no_conversation", "there is no such conversation")
    session = session_from_json(stored.state)
    if session.tickets:
        return session.tickets[-1].sender
    return _desk(request).reference_of(session.address)


async def _reason(request: web.Request) -> str:
    body = await read_body(request, Reason)
    if body is None:
        raise StaffActionError("malformed", "the body is not a reason")
    return body.reason


def _desk(request: web.Request) -> PartnerDesk:
    return request.app[PARTNER]


def _id(request: web.Request) -> str:
    return request.match_info["id"]
