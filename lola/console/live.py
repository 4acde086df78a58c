"""Keeps open pages up to date by server-sent events.

An open page costs one small read of the store about twice a second. A stream ends with the sign-in,
with the connection and with the service. What is sent is the same escaped HTML that the page
consists of.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b

from aiohttp import web

from lola.console.context import CONSOLE, CONVERSATION, COOKIE, SIGN_IN, conversation_of
from lola.console.conversation_pages import page_values
from lola.console.desk import SEEN_EVERY, Beside
from lola.console.queue_pages import news_of, values_of, wanted_of
from lola.errors import StoreUnavailableError

_KEEP_ALIVE_EVERY = 30

Frames = list[tuple[str, str]]
"""Event names with their HTML."""

ReadChanges = Callable[[str], Awaitable[tuple[str, Frames]]]
"""Given the version that the browser has, returns the present one and what to send for it."""


def add_live(app: web.Application) -> None:
    """Register the streams."""
    app.router.add_get("/live/queue", queue, name="live_queue")
    app.router.add_get("/live/alive", alive, name="live_alive")
    app.router.add_get(f"/live/{CONVERSATION}", conversation, name="live_conversation")
    app.on_shutdown.append(_close)


async def _close(app: web.Application) -> None:
    app[CONSOLE].closing.set()


async def alive(request: web.Request) -> web.StreamResponse:  # noqa: ARG001 - a handler
    """Return 204 to a page that asks whether it may connect again; who is signed out gets 401."""
    return web.Response(status=204)


async def queue(request: web.Request) -> web.StreamResponse:
    """Send the list that the address asks for whenever it changes."""
    console = request.app[CONSOLE]
    wanted, reader = wanted_of(request), request[SIGN_IN].name
    shown = ""

    async def read_changes(known: str) -> tuple[str, Frames]:
        nonlocal shown
        found = await console.cases.page(wanted, reader, max_age=console.poll_seconds)
        news = await news_of(request)
        # Rendering costs more than reading, and most of the time nothing has changed.
        if (mark := f"{found.mark}{news}") == shown:
            return known, []
        shown = mark
        values = await values_of(request, found, news)
        html = console.pages.render(request, "_queue.html", **values)
        return blake2b(html.encode(), digest_size=8).hexdigest(), [("queue", html)]

    return await _stream(request, read_changes)


async def conversation(request: web.Request) -> web.StreamResponse:
    """Send the transcript on every commit or note, the actions when the owner changes, and who
    else is there; and tell others that this person is.
    """
    console, name = request.app[CONSOLE], request[SIGN_IN].name
    wanted = conversation_of(request)
    told_at: datetime | None = None

    async def read_changes(known: str) -> tuple[str, Frames]:
        nonlocal told_at
        if told_at is None or console.clock() - told_at >= SEEN_EVERY:
            await console.desk.seen(wanted, name)
            told_at = console.clock()
        beside = await console.desk.beside(wanted)
        version = await console.page_version(wanted) + beside.mark(name)
        if version == known:
            return version, []
        return version, await _frames(request, beside, known, version)

    return await _stream(request, read_changes)


async def _frames(
    request: web.Request, beside: Beside, known: str, version: str
) -> list[tuple[str, str]]:
    console = request.app[CONSOLE]
    view = await console.view(conversation_of(request))
    if view is None:
        return []
    before, after = _marks(known), _marks(version)
    is_moved = before[1] != after[1]
    values = await page_values(request, view, beside, with_actions=is_moved)

    def frame(part: str) -> tuple[str, str]:
        return part, console.pages.render(request, f"_{part}.html", **values)

    frames = []
    if before[:3] != after[:3]:
        frames.append(frame("transcript"))
    if is_moved:
        frames.append(frame("actions"))
    if before[3] != after[3]:
        frames.append(frame("presence"))
    return frames


def _marks(version: str) -> list[str]:
    """Return what changes with a commit, a new owner, a note, and who is there."""
    return f"{version or '.'}.0.0".split(".")[:4]


async def _stream(request: web.Request, read_changes: ReadChanges) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
    )
    await response.prepare(request)
    # The browser or the store is gone; a browser connects again by itself.
    with suppress(ConnectionResetError, StoreUnavailableError):
        await _send_changes(request, response, read_changes)
    return response


async def _send_changes(
    request: web.Request, response: web.StreamResponse, read_changes: ReadChanges
) -> None:
    console = request.app[CONSOLE]
    known = request.headers.get("Last-Event-ID") or request.query.get("since", "")
    unchanged = 0
    while not console.closing.is_set():
        if await console.sign_ins.find(request.cookies.get(COOKIE, "")) is None:
            await response.write(_frame("signed-out", "", ""))
            return
        version, frames = await read_changes(known)
        if version != known:
            for event, html in frames:
                await response.write(_frame(event, html, version))
            known, unchanged = version, 0
        elif (unchanged := unchanged + 1) % _KEEP_ALIVE_EVERY == 0:
            await response.write(b": still here\n\n")
        with suppress(TimeoutError):
            await asyncio.wait_for(console.closing.wait(), console.poll_seconds)


def _frame(event: str, html: str, version: str) -> bytes:
    data = "\n".join(f"data: {line}" for line in html.splitlines() or [""])
    return f"id: {version}\nevent: {event}\n{data}\n\n".encode()
