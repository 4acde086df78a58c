"""Compares how a conversation ended with the records of the partner's stand-in."""

from collections.abc import Sequence
from decimal import Decimal

from lola.money.reference import sender_reference
from lola.testing.harness import Harness
from lola.testing.personas.persona import Persona
from lola.testing.simulated_sender import TurnReport


class PartnerRecords:
    """The partner's links and operations of the sender with this number."""

    def __init__(self, harness: Harness, phone: str) -> None:
        self._harness = harness
        self._platform = harness.sandbox.m2m
        key = harness.service.settings.sender_reference_key.get_secret_value()
        self._reference = sender_reference(phone, key)

    def links_without_ticket(self, report: TurnReport) -> list[str]:
        """Return a problem for each transfer link that the sender's tickets do not have."""
        tickets = {ticket["link_id"] for ticket in report.state.get("tickets", [])}
        return [
            "a link without the sender's confirmation: no ticket has it"
            for link in self._platform.links.list.all()
            if link.reference_id == self._reference
            and link.link_id not in tickets
            and not link.purpose
        ]

    async def approve(self, persona: Persona, reports: Sequence[TurnReport]) -> list[str]:
        """Approve the newest link on its page; return how the operation differs from the wish."""
        links = [
            url
            for report in reports
            for reply in report.replies
            for _, url in reply.links
            if reply.links
        ]
        status = await self._harness.widget.press(links[-1], "approve")
        operations = [
            one
            for one in self._platform.operations.list.all()
            if one.link_id == reports[-1].state["tickets"][-1]["link_id"]
        ]
        if len(operations) != 1:
            return [f"{len(operations)} operations, the page answered {status}"]
        amount = operations[0].amount or {}
        wanted = Decimal(str(persona.amount))
        side = "send" if persona.currency == "USD" else "receive"
        return [] if Decimal(str(amount.get(side))) == wanted else ["the operation's amount"]
