"""Keeps open pages up to date by server-sent events.

An open page costs one small read of the store about twice a second. A stream ends with the sign-in,
with the connection and with the service. What is sent is the same escaped HTML that the page
consists of.
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

ReadChanges = Callable[[str], Awaitable[tuple[str, Frames]]]
"""Given the version that the browser has, returns the present one and what to send for it."""


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

    async def read_changes(_: str) -> tuple[str, Frames]:
        html = console.pages.render(
            request,
            "_queue.html",
            cases=await console.cases(),
            troubles=await console.troubles(),
            cost_alarms=await console.cost_alarms(),
        )
        return blake2b(html.encode(), digest_size=8).hexdigest(), [("queue", html)]

    return await _stream(request, read_changes)


async def conversation(request: web.Request) -> web.StreamResponse:
    """Send the transcript on every commit, and the actions when the owner changes."""
    console = request.app[CONSOLE]
    wanted = conversation_of(request)

    async def read_changes(known: str) -> tuple[str, Frames]:
        version = await console.page_version(wanted)
        if version == known:
            return version, []
        view = await console.view(wanted)
        if view is None:
            return version, []
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

    return await _stream(request, read_changes)


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
