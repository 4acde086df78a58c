"""Reads conversations as a colleague sees them, on the console's pages."""

from collections.abc import Mapping

from aiohttp import ClientSession, CookieJar

from lola.console import StaffDirectory
from lola.domain.messages import ConversationId
from lola.testing.harness import Harness

NAME, PASSWORD = "vera", "correct horse battery"
CHEAP = 2**4
"""Rounds of the password's hash: nobody guesses here."""


async def pages_of(harness: Harness, conversations: Mapping[str, ConversationId]) -> dict[str, str]:
    """Return the page of each conversation, by the key it was given."""
    if not conversations:
        return {}
    service = harness.service
    await StaffDirectory(service.store, service.clock, cost=CHEAP).add(NAME, PASSWORD)
    console = f"{service.settings.public_url}/console"
    found = {}
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        who = {"name": NAME, "password": PASSWORD}
        async with http.post(f"{console}/api/login", json=who) as answer:
            answer.raise_for_status()
        for key, conversation in conversations.items():
            async with http.get(f"{console}/conversations/{conversation}") as answer:
                answer.raise_for_status()
                found[key] = await answer.text()
    return found
