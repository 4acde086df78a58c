"""Pages that keep themselves up to date, by server-sent events.

An open page costs one small look at the store about twice a second, and only while it is open. A
stream ends when the sign-in does, when the browser leaves and when the service stops. What is sent
is the same escaped HTML that the page itself was made of.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import blake2b

from aiohttp import web

from lola.console.context import CONSOLE, CONVERSATION, COOKIE, SIGN_IN, conversation_of
from lola.errors import StoreUnavailableError

_KEEP_ALIVE_EVERY = 30

Frames = list[tuple[str, str]]
"""Event names with their HTML."""

Look = Callable[[str], Awaitable[tuple[str, Frames]]]
"""Given the mark that the browser has, answers the present one and what to send for it."""


def add_live(app: web.Application) -> None:
    """Register the streams."""
    app.router.add_get("/live/queue", queue, name="live_queue")
    app.router.add_get(f"/live/{CONVERSATION}", conversation, name="live_conversation")
    app.on_shutdown.append(_close)


async def _close(app: web.Application) -> None:
    app[CONSOLE].closing.set()


async def queue(request: web.Request) -> web.StreamResponse:
    """Send the queue whenever it changes."""
    console = request.app[CONSOLE]

    async def look(_: str) -> tuple[str, Frames]:
        html = console.pages.render(request, "_queue.html", cases=await console.cases())
        return blake2b(html.encode(), digest_size=8).hexdigest(), [("queue", html)]

    return await _stream(request, look)


async def conversation(request: web.Request) -> web.StreamResponse:
    """Send the transcript on every commit, and the actions when the owner changes."""
    console = request.app[CONSOLE]
    wanted = conversation_of(request)

    async def look(known: str) -> tuple[str, Frames]:
        mark = await console.mark(wanted)
        if mark == known:
            return mark, []
        view = await console.view(wanted)
        if view is None:
            return mark, []
        values = {
            "view": view,
            "sign_in": request[SIGN_IN],
            "once": secrets.token_urlsafe(12),
            "typed": "",
        }
        frames = [("transcript", console.pages.render(request, "_transcript.html", **values))]
        if known.partition(".")[2] != str(view.epoch):
            frames.append(("actions", console.pages.render(request, "_actions.html", **values)))
        return f"{view.version}.{view.epoch}", frames

    return await _stream(request, look)


async def _stream(request: web.Request, look: Look) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    # The browser went away, or the store did: either way it comes back by itself.
    with suppress(ConnectionResetError, StoreUnavailableError):
        await _send_changes(request, response, look)
    return response


async def _send_changes(request: web.Request, response: web.StreamResponse, look: Look) -> None:
    console = request.app[CONSOLE]
    known = request.headers.get("Last-Event-ID") or request.query.get("since", "")
    quiet = 0
    while not console.closing.is_set():
        if await console.sign_ins.find(request.cookies.get(COOKIE, "")) is None:
            await response.write(_frame("signed-out", "", ""))
            return
        mark, frames = await look(known)
        if mark != known:
            for event, html in frames:
                await response.write(_frame(event, html, mark))
            known, quiet = mark, 0
        elif (quiet := quiet + 1) % _KEEP_ALIVE_EVERY == 0:
            await response.write(b": still here\n\n")
        with suppress(TimeoutError):
            await asyncio.wait_for(console.closing.wait(), console.poll_seconds)


def _frame(event: str, html: str, mark: str) -> bytes:
    data = "\n".join(f"data: {line}" for line in html.splitlines() or [""])
    return f"id: {mark}\nevent: {event}\n{data}\n\n".encode()
