"""What other systems say about a sender, asked when a colleague wants to know and stored nowhere.

Each is a page of its own, and with `?part` only the part that the conversation's page puts in.
"""

from typing import Any

from aiohttp import web

from lola.console.context import CONSOLE, CONVERSATION, SIGN_IN, conversation_of
from lola.console.identity import identity_of
from lola.console.partner_api import PARTNER
from lola.domain.session import Session
from lola.errors import MalformedPayloadError, PartnerError
from lola.telemetry import names


def add_on_demand(app: web.Application) -> None:
    """Register the pages."""
    path = f"/conversations/{CONVERSATION}"
    app.router.add_get(f"{path}/identity", identity, name="identity")
    app.router.add_get(
        f"{path}/links/{{ticket:[A-Za-z0-9_-]{{1,80}}}}", link_timeline, name="link_timeline"
    )


async def identity(request: web.Request) -> web.StreamResponse:
    """Show who the sender is, as the bank says now."""
    console, wanted = request.app[CONSOLE], conversation_of(request)
    if console.find_sender is None:
        raise web.HTTPNotFound
    await console.record(names.CONSOLE_IDENTITY_READ, request[SIGN_IN].name, wanted)
    found = await identity_of(await console.session(wanted), console.find_sender)
    return _page(request, "identity", identity=found)


async def link_timeline(request: web.Request) -> web.StreamResponse:
    """Show what happened to a secure link, as the partner says now."""
    console, wanted = request.app[CONSOLE], conversation_of(request)
    link = _link_of(await console.session(wanted), request.match_info["ticket"])
    if PARTNER not in request.app or not link:
        raise web.HTTPNotFound
    await console.record(names.CONSOLE_PARTNER_READ, request[SIGN_IN].name, wanted)
    try:
        steps = await request.app[PARTNER].client.link_activity(link)
    except (PartnerError, MalformedPayloadError):
        steps = None
    return _page(request, "link_timeline", steps=steps)


def _link_of(session: Session | None, name: str) -> str:
    """Return the partner's id of the link of a ticket or an enrolment, empty without one."""
    found = session and (session.ticket(name) or session.enrolment(name))
    return found.link_id if found else ""


def _page(request: web.Request, name: str, **values: Any) -> web.Response:
    is_part = "part" in request.query
    return request.app[CONSOLE].pages.page(
        request,
        f"_{name}.html" if is_part else "on_demand.html",
        part=f"_{name}.html",
        about=name,
        conversation=conversation_of(request),
        sign_in=request[SIGN_IN],
        **values,
    )
