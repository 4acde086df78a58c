"""The console's pages. They work without scripts: every action is a form.

A refused form shows the page again with the reason and what was typed; a successful one redirects,
so that reloading the page repeats nothing.
"""

import re
import secrets

from aiohttp import web

from lola.console import sign_in as signing
from lola.console.context import (
    CONSOLE,
    CONVERSATION,
    SIGN_IN,
    ActionResult,
    conversation_of,
    refusal,
    set_cookie,
)
from lola.console.forms import form_of
from lola.console.security import same
from lola.escalation.staff_actions import Conflict, Queued
from lola.safety.input.redaction import redact_stored
from lola.telemetry import names

_SIGN_IN_COOKIE = "lola_console_sign_in"
_CONVERSATION_ID = re.compile(rf"\A{CONVERSATION.removeprefix('{conversation:').removesuffix('}')}")

REMOVED = frozenset({"removed_data", "removed_link"})
"""What a person is told of their reply after it was sent without a part of it."""


def add_pages(app: web.Application) -> None:
    """Register the pages."""
    router = app.router
    router.add_get("", to_queue)
    router.add_get("/", queue, name="queue")
    router.add_get("/sign-in", sign_in_page, name="sign_in")
    router.add_post("/sign-in", sign_in, name="sign_in")
    router.add_post("/sign-out", sign_out, name="sign_out")
    router.add_get("/open", open_by_id, name="open")
    path = f"/conversations/{CONVERSATION}"
    router.add_get(path, conversation, name="conversation")
    router.add_get(f"{path}/files/{{file:[0-9a-f]{{24}}}}", file, name="file")
    router.add_post(f"{path}/take-over", take_over, name="take_over")
    router.add_post(f"{path}/reply", reply, name="reply")
    router.add_post(f"{path}/hand-back", hand_back, name="hand_back")


async def to_queue(request: web.Request) -> web.StreamResponse:
    """Redirect an address without its last slash."""
    raise web.HTTPSeeOther(request.app.router["queue"].url_for())


async def sign_in_page(request: web.Request) -> web.StreamResponse:
    """Show the form for name and password."""
    if SIGN_IN in request:
        return await to_queue(request)
    return _sign_in_form(request)


def _sign_in_form(
    request: web.Request, *, status: int = 200, notice: str = "", name: str = ""
) -> web.Response:
    # There is no sign-in yet, so the form's token is bound to a cookie of its own.
    token = secrets.token_urlsafe(16)
    response = request.app[CONSOLE].pages.page(
        request, "sign_in.html", status=status, notice=notice, name=name, token=token
    )
    set_cookie(response, request, _SIGN_IN_COOKIE, token)
    return response


async def sign_in(request: web.Request) -> web.StreamResponse:
    """Sign in with the form's name and password."""
    form = await form_of(request)
    if not same(form.get("csrf", ""), request.cookies.get(_SIGN_IN_COOKIE, "")):
        raise web.HTTPForbidden
    name = form.get("name", "")
    result = await signing.sign_in(request, name, form.get("password", ""))
    if isinstance(result, signing.SignInRefused):
        response = _sign_in_form(
            request, status=result.status, notice=result.reason, name=redact_stored(name)
        )
        response.headers.update(result.headers)
        return response
    response = _redirect(request, "queue")
    result.grant(request, response)
    return response


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End the sign-in."""
    response = _redirect(request, "sign_in")
    await signing.sign_out(request, response)
    return response


def _redirect(request: web.Request, route: str) -> web.Response:
    return web.Response(status=303, headers={"Location": str(request.app.router[route].url_for())})


async def queue(request: web.Request) -> web.StreamResponse:
    """Show the senders who wait and the conversations of staff."""
    return await _queue_page(request)


async def _queue_page(request: web.Request, *, status: int = 200, notice: str = "") -> web.Response:
    console = request.app[CONSOLE]
    return console.pages.page(
        request,
        "queue.html",
        status=status,
        cases=await console.cases(),
        troubles=await console.troubles(),
        cost_alarms=await console.cost_alarms(),
        sign_in=request[SIGN_IN],
        notice=notice,
    )


async def open_by_id(request: web.Request) -> web.StreamResponse:
    """Redirect to a conversation by its id, as logs and notes have it."""
    wanted = request.query.get("conversation", "").strip()
    if not _CONVERSATION_ID.fullmatch(wanted):
        return await _queue_page(request, status=404, notice="refused_unknown")
    raise web.HTTPSeeOther(request.app.router["conversation"].url_for(conversation=wanted))


async def conversation(request: web.Request) -> web.StreamResponse:
    """Show one conversation."""
    await request.app[CONSOLE].record(
        names.CONSOLE_CONVERSATION_READ, request[SIGN_IN].name, conversation_of(request)
    )
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


async def _conversation_page(
    request: web.Request, *, status: int = 200, notice: str = "", by: str = "", typed: str = ""
) -> web.Response:
    console = request.app[CONSOLE]
    view = await console.view(conversation_of(request))
    if view is None:
        return await _queue_page(request, status=404, notice="refused_unknown")
    return console.pages.page(
        request,
        "conversation.html",
        status=status,
        view=view,
        sign_in=request[SIGN_IN],
        notice=notice,
        by=by,
        typed=typed,
        once=secrets.token_urlsafe(12),
    )


async def take_over(request: web.Request) -> web.StreamResponse:
    """Take the conversation over."""
    console = request.app[CONSOLE]
    result = await console.actions.take_over(conversation_of(request), request[SIGN_IN].name)
    return await _answer(request, result)


async def reply(request: web.Request) -> web.StreamResponse:
    """Send this person's reply."""
    form = await form_of(request)
    text = form.get("text", "")
    result = await request.app[CONSOLE].actions.reply(
        conversation_of(request), request[SIGN_IN].name, text, once=form.get("once", "")
    )
    return await _answer(request, result, typed=text)


async def hand_back(request: web.Request) -> web.StreamResponse:
    """Give the conversation back to the bot."""
    sign_in = request[SIGN_IN]
    result = await request.app[CONSOLE].actions.hand_back(
        conversation_of(request), sign_in.name, supervisor=sign_in.is_supervisor
    )
    return await _answer(request, result)


async def _answer(
    request: web.Request, result: ActionResult, *, typed: str = ""
) -> web.StreamResponse:
    refused = refusal(result)
    if refused is None:
        address = request.app.router["conversation"].url_for(conversation=conversation_of(request))
        if isinstance(result, Queued) and result.removed:
            address = address.with_query(removed=result.removed[0])
        raise web.HTTPSeeOther(address)
    status, word = refused
    by = result.by if isinstance(result, Conflict) else ""
    notice = f"refused_{word}" if by or word != "conflict" else "refused_not_yours"
    return await _conversation_page(
        request, status=status, notice=notice, by=by, typed=redact_stored(typed)
    )
