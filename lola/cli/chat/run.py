"""Reads lines from a terminal or a pipe and hands them to the chat until they end."""

import asyncio
import sys
from contextlib import suppress

import aiohttp

from lola.channel.names import ChannelName
from lola.cli.chat.client import ChatError
from lola.cli.chat.display import Display
from lola.cli.chat.find import devices
from lola.cli.chat.session import ChatSession
from lola.domain.tasks import end
from lola.telemetry.logs import configure

OPENERS = {"es": "Hola, prefiero español", "en": "Hello, in English please"}
LOOK_SECONDS = 1.0


def run_chat(
    *,
    phone: str,
    name: str,
    language: str | None,
    channel: ChannelName,
    url: str,
    as_json: bool,
) -> None:
    """Send each line of the input until it ends.

    From a pipe, the first line that cannot be done ends the chat with an error: a script must not
    go on as if it had been. At a terminal it is shown and the chat goes on.
    """
    configure("error")
    display = Display(sys.stdout, as_json=as_json)

    async def run() -> None:
        async with aiohttp.ClientSession() as http, devices(http, url) as client:
            session = ChatSession(client, display, phone=phone, name=name, channel=channel)
            await session.begin()
            if language:
                await session.handle(f"/say {OPENERS[language]}")
            if sys.stdin.isatty():
                await _at_a_terminal(session, display)
            else:
                await _from_a_pipe(session)

    asyncio.run(run())


async def _from_a_pipe(session: ChatSession) -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        if (text := line.strip()) and not await session.handle(text):
            return
    await session.look()


async def _at_a_terminal(session: ChatSession, display: Display) -> None:
    # Importing it gives `input` a history and the usual keys.
    with suppress(ImportError):
        import readline  # noqa: F401
    display.note("/help lists the commands, Ctrl-D ends the chat")
    watcher = asyncio.create_task(_watch(session))
    try:
        while True:
            try:
                text = (await asyncio.to_thread(input, session.prompt)).strip()
            except EOFError:
                return
            try:
                if text and not await session.handle(text):
                    return
            except ChatError as error:
                display.note(str(error), is_error=True)
    finally:
        await end(watcher)


async def _watch(session: ChatSession) -> None:
    """Show what arrives by itself, such as a colleague's message, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        with suppress(ChatError):
            await session.look()
