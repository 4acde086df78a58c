"""A secure page as its owner builds it: it opens a short link and reports to the callbacks."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender

SECONDS = aiohttp.ClientTimeout(total=30)


@dataclass(kw_only=True)
class Page:
    """One opened link. `callbacks` are its addresses by handler, `session` its token."""

    http: aiohttp.ClientSession
    sender: SimulatedSender
    link: str
    ticket: str
    actions: list[str]
    callbacks: dict[str, str]
    session: str

    async def report(
        self,
        handler: str,
        *,
        address: str = "",
        session: str | None = None,
        headers: dict[str, str] | None = None,
        **body: Any,
    ) -> tuple[int, bytes, dict[str, str]]:
        """Post a report and return status, body and the headers that a caller could compare."""
        token = self.session if session is None else session
        async with self.http.post(
            address or self.callbacks[handler],
            json={"ticketId": self.ticket, **body},
            headers={"Authorization": f"Bearer {token}", **(headers or {})},
            timeout=SECONDS,
        ) as response:
            shown = {name: value for name, value in response.headers.items() if name != "Date"}
            return response.status, await response.read(), shown

    async def statuses(self, *reports: tuple[str, dict[str, Any]]) -> list[int]:
        """Post reports at once and return their statuses."""
        answers = await asyncio.gather(
            *(self.report(handler, **details) for handler, details in reports)
        )
        return [status for status, _, _ in answers]


async def session_of(http: aiohttp.ClientSession, short_url: str) -> str:
    """Open a short link and answer the session that its page would get."""
    async with http.get(short_url, allow_redirects=False, timeout=SECONDS) as response:
        assert response.status == 302
        return parse_qs(urlsplit(response.headers["Location"]).query)["session"][0]


NEW_SENDER = (SimulatedSender.say, "hola, quiero enviar 200 dólares a México en efectivo"), (
    SimulatedSender.say, "Rosa Hernández"), (SimulatedSender.choose, "OXXO")  # fmt: skip
RETURNING = (SimulatedSender.say, "hola, quiero enviar 300 dólares a México"), (
    SimulatedSender.choose, "Rosa Hernández")  # fmt: skip


async def linked(sender: SimulatedSender, steps: Any = NEW_SENDER) -> str:
    """Bring a sender to the link and return its short address."""
    for step, words in steps:
        await step(sender, words)
    report = await sender.choose("Confirmar")
    ((_, url),) = report.replies[0].links
    return url


async def opened(
    harness: Harness, http: aiohttp.ClientSession, sender: SimulatedSender, steps: Any = NEW_SENDER
) -> Page:
    """Bring a sender to the link and open its page, without the partner's own pages."""
    url = await linked(sender, steps)
    m2m = harness.service.m2m
    newest, *_ = [link.link_id async for link in m2m.list_links(visibility="active")]
    metadata = (await m2m.get_link(newest)).metadata
    prefix = "callback_"
    return Page(
        http=http,
        sender=sender,
        link=url,
        ticket=metadata["ticketId"],
        actions=metadata["allowedActions"].split(),
        callbacks={
            name.removeprefix(prefix): value
            for name, value in metadata.items()
            if name.startswith(prefix)
        },
        session=await session_of(http, url),
    )
