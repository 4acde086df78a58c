"""A conversation's own page and the forms on it.

They work without scripts. A refused form shows the page again with the reason and what was typed; a
successful one redirects, so that reloading the page repeats nothing.
"""

import re
import secrets
from typing import Any

from aiohttp import web

from lola.console import noting
from lola.console.context import (
    CONSOLE,
    CONVERSATION,
    LONGEST_TEXT,
    SIGN_IN,
    ActionResult,
    conversation_of,
    refusal,
)
from lola.console.desk import Beside
from lola.console.forms import form_of
from lola.console.partner_api import PARTNER
from lola.console.queue_pages import queue_page
from lola.console.reply_box import Limits
from lola.console.views import ConversationView
from lola.escalation.staff_actions import Conflict, Queued
from lola.safety.input.hygiene import clean
from lola.safety.input.redaction import redact_stored
from lola.telemetry import names

REMOVED = frozenset({"removed_data", "removed_link"})
"""What a person is told of their reply after it was sent without a part of it."""


def add_conversation_pages(app: web.Application) -> None:
    """Register the page and its forms."""
    router = app.router
    path = f"/conversations/{CONVERSATION}"
    router.add_get(path, conversation, name="conversation")
    router.add_get(f"{path}/files/{{file:[0-9a-f]{{24}}}}", file, name="file")
    router.add_post(f"{path}/take-over", take_over, name="take_over")
    router.add_post(f"{path}/reply", reply, name="reply")
    router.add_post(f"{path}/hand-back", hand_back, name="hand_back")
    router.add_post(f"{path}/resolve", resolve, name="resolve")
    router.add_post(f"{path}/assign", assign, name="assign")
    router.add_post(f"{path}/note", note, name="note")
    router.add_get("/mentions", mentions, name="mentions")


async def conversation(request: web.Request) -> web.StreamResponse:
    """Show one conversation."""
    console, name, wanted = request.app[CONSOLE], request[SIGN_IN].name, conversation_of(request)
    await console.record(names.CONSOLE_CONVERSATION_READ, name, wanted)
    await console.desk.read_mentions(wanted, name)
    told = f"removed_{request.query.get('removed', '')}"
    return await _conversation_page(request, notice=told if told in REMOVED else "")


async def file(request: web.Request) -> web.StreamResponse:
    """Give a kept file as a download, which no browser opens by itself."""
    console, wanted = request.app[CONSOLE], conversation_of(request)
    kept = None
    if console.files is not None:
        await console.record(names.CONSOLE_FILE_READ, request[SIGN_IN].name, wanted)
        kept = await console.files.get(wanted, request.match_info["file"])
    if kept is None:
        raise web.HTTPNotFound
    name = re.sub(r"[^A-Za-z0-9._-]", "_", kept.name)[:80] or "file"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": kept.mime}
    return web.Response(body=kept.data, headers=headers)


async def mentions(request: web.Request) -> web.StreamResponse:
    """List the notes that name this person and that they have not opened."""
    console, sign_in = request.app[CONSOLE], request[SIGN_IN]
    found = await console.desk.mentions(sign_in.name)
    return console.pages.page(request, "mentions.html", mentions=found, sign_in=sign_in)


async def page_values(
    request: web.Request,
    view: ConversationView,
    beside: Beside,
    *,
    typed: str = "",
    with_actions: bool = True,
) -> dict[str, Any]:
    """Return what the parts of the page are made of, for the page and for its live updates.

    Without the actions, the accounts of colleagues are not read.
    """
    console, sign_in, case = request.app[CONSOLE], request[SIGN_IN], view.case
    session = await console.session(case.conversation)
    accounts = await console.staff.list() if with_actions else ()
    first_name = case.name.partition(" ")[0]
    canned = [
        (one, one.filled(case.language, name=first_name, staff=sign_in.name,
                         brand=console.pages.brand))
        for one in console.canned
    ]  # fmt: skip
    chosen = request.query.get("canned", "")
    ready = next((text for one, text in canned if one.id == chosen), "")
    return {
        "view": view,
        "sign_in": sign_in,
        "once": secrets.token_urlsafe(12),
        "typed": typed or ready or beside.drafts.get(sign_in.name, ""),
        "present": beside.others(sign_in.name),
        "limits": await console.limits.of(session) if session else Limits(),
        "is_opted_out": session is not None and await console.is_opted_out(session.address),
        "has_identity": console.find_sender is not None,
        "has_partner": PARTNER in request.app,
        "canned": canned,
        "resolutions": console.pages.resolutions,
        "colleagues": [
            one.name for one in accounts if not one.disabled and one.name != case.staff
        ],
    }  # fmt: skip


async def _conversation_page(
    request: web.Request, *, status: int = 200, notice: str = "", by: str = "", typed: str = ""
) -> web.Response:
    console, wanted = request.app[CONSOLE], conversation_of(request)
    # Read first, so that the page is never newer than what it says it is.
    version = await console.page_version(wanted)
    view = await console.view(wanted)
    if view is None:
        return await queue_page(request, status=404, notice="refused_unknown")
    beside = await console.desk.beside(wanted)
    values = await page_values(request, view, beside, typed=typed)
    return console.pages.page(
        request,
        "conversation.html",
        status=status,
        notice=notice,
        by=by,
        since=version + beside.mark(request[SIGN_IN].name),
        mention_count=len(await console.desk.mentions(request[SIGN_IN].name)),
        **values,
    )


async def take_over(request: web.Request) -> web.StreamResponse:
    """Take the conversation over."""
    console, wanted = request.app[CONSOLE], conversation_of(request)
    result = await noting.take_over(console, wanted, request[SIGN_IN].name)
    return await _answer(request, result)


async def reply(request: web.Request) -> web.StreamResponse:
    """Send this person's reply."""
    console, name, wanted = request.app[CONSOLE], request[SIGN_IN].name, conversation_of(request)
    form = await form_of(request)
    text = form.get("text", "")
    result = await console.actions.reply(wanted, name, text, once=form.get("once", ""))
    if isinstance(result, Queued):
        await console.desk.drop_draft(wanted, name)
    return await _answer(request, result, typed=text)


async def hand_back(request: web.Request) -> web.StreamResponse:
    """Give the conversation back to the bot, with a note if there is one."""
    sign_in, form = request[SIGN_IN], await form_of(request)
    result = await request.app[CONSOLE].actions.hand_back(
        conversation_of(request),
        sign_in.name,
        supervisor=sign_in.is_supervisor,
        note=form.get("note", ""),
    )
    return await _answer(request, result)


async def resolve(request: web.Request) -> web.StreamResponse:
    """Close the case with the chosen reason."""
    console, sign_in = request.app[CONSOLE], request[SIGN_IN]
    reason = (await form_of(request)).get("reason", "")
    if reason not in console.pages.resolutions:
        return await _conversation_page(request, status=422, notice="refused_reason")
    result = await console.actions.resolve(
        conversation_of(request), sign_in.name, reason, supervisor=sign_in.is_supervisor
    )
    return await _answer(request, result)


async def assign(request: web.Request) -> web.StreamResponse:
    """Give the conversation to the chosen colleague."""
    console, sign_in = request.app[CONSOLE], request[SIGN_IN]
    to = (await form_of(request)).get("to", "")
    if await console.staff.find(to) is None:
        return await _conversation_page(request, status=422, notice="refused_colleague")
    result = await noting.assign(console, conversation_of(request), sign_in, to)
    return await _answer(request, result)


async def note(request: web.Request) -> web.StreamResponse:
    """Keep a note for colleagues; the sender never sees it."""
    text = (await form_of(request)).get("text", "")
    refused = await noting.add_note(
        request.app[CONSOLE], conversation_of(request), request[SIGN_IN].name, text
    )
    if refused:
        return await _conversation_page(request, status=422, notice=f"refused_note_{refused}")
    return _to_page(request)


async def _answer(
    request: web.Request, result: ActionResult, *, typed: str = ""
) -> web.StreamResponse:
    refused = refusal(result)
    if refused is None:
        return _to_page(request, result.removed[:1] if isinstance(result, Queued) else ())
    status, word = refused
    by = result.by if isinstance(result, Conflict) else ""
    notice = f"refused_{word}" if by or word != "conflict" else "refused_not_yours"
    words = redact_stored(clean(typed, LONGEST_TEXT))
    return await _conversation_page(request, status=status, notice=notice, by=by, typed=words)


def _to_page(request: web.Request, removed: tuple[str, ...] = ()) -> web.Response:
    address = request.app.router["conversation"].url_for(conversation=conversation_of(request))
    if removed:
        address = address.with_query(removed=removed[0])
    raise web.HTTPSeeOther(address)
