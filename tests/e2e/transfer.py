"""A transfer up to its secure link, and the partner's side of it, for tests about money."""

import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from lola.partners.m2m.webhooks import sign
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender

STEPS = {
    "es": ("hola, quiero enviar 200 dólares a México en efectivo", "Confirmar"),
    "en": ("hello, I want to send 200 dollars to Mexico for cash pickup", "Confirm"),
}


@dataclass
class Transfer:
    """A sender with a link out, and the partner's side of it."""

    harness: Harness
    http: aiohttp.ClientSession
    sender: SimulatedSender
    link: str
    ticket: str
    reference: str

    async def act(self, step: str, **body: Any) -> dict[str, Any]:
        """Do what the person on the page does, through the sandbox's control API."""
        url = f"{self.harness.sandbox.url}/control/m2m/links/{self.link}/{step}"
        async with self.http.post(url, json=body) as response:
            assert response.status < 300, await response.text()
            return await response.json()

    async def shown(self) -> dict[str, Any]:
        """Return the link as the sandbox's control API shows it."""
        url = f"{self.harness.sandbox.url}/control/m2m/links/{self.link}"
        async with self.http.get(url) as response:
            return await response.json()

    async def approve(self, **body: Any) -> str:
        """Approve without a report of the page, and return the operation's id."""
        await self.act("hurry")
        return str((await self.act("approve", **body))["operationId"])

    async def post(self, event: str, **data: Any) -> int:
        """Post a signed event and return the status."""
        clock, settings = self.harness.sandbox.clock, self.harness.service.settings
        timestamp = str(int(clock().timestamp()))
        body = json.dumps({"event": event, "timestamp": clock().isoformat(), "data": data}).encode()
        headers = {
            "X-M2M-Event": event,
            "X-M2M-Timestamp": timestamp,
            "X-M2M-Signature": sign(
                settings.m2m_webhook_secret.get_secret_value(), timestamp, body
            ),
        }
        url = f"{self.harness.service.url}/webhooks/m2m"
        async with self.http.post(url, data=body, headers=headers) as response:
            return response.status

    async def status(self) -> str:
        """Return the status of the ticket as it was last committed."""
        state = (await self.harness.service.store.read(self.sender.conversation)).state or {}
        return str(next(one["status"] for one in state["tickets"] if one["id"] == self.ticket))

    def said(self) -> str:
        """Everything that the sender was told so far."""
        return "\n".join(received.text for received in self.sender.last_seen)


async def linked(sender: SimulatedSender, language: str) -> SimulatedSender:
    """Bring a sender to their link."""
    wish, confirm = STEPS[language]
    await sender.say(wish)
    await sender.say("Rosa Hernández")
    await sender.choose("OXXO")
    turn = await sender.choose(confirm)
    assert turn.language == language
    assert any("/l/" in reply.text or reply.links for reply in turn.replies)
    return sender


async def with_link(harness: Harness, http: aiohttp.ClientSession, language: str) -> Transfer:
    """Play a conversation of a new sender up to the secure link."""
    sender = await linked(harness.sender(harness.new_number()), language)
    link = harness.sandbox.m2m.links.list.all()[0]
    return Transfer(
        harness=harness,
        http=http,
        sender=sender,
        link=link.link_id,
        ticket=str(link.metadata["ticketId"]),
        reference=link.reference_id,
    )
