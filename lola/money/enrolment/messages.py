"""What the sender reads about a secure link without a transfer; all from a catalogue."""

from collections.abc import Collection, Mapping

from lola.domain.enrolment import Enrolment, Purpose
from lola.domain.messages import LinkMessage, LinkTarget, Outbound, TextMessage
from lola.domain.transfer import Ticket
from lola.domain.turn import Turn
from lola.money.notices import with_notice
from lola.money.summary import link_message
from lola.money.tickets import USABLE
from lola.text.wording import Wording

NEEDS: Mapping[str, str] = {
    "name.firstName": "name",
    "name.secondName": "name",
    "name.lastName": "name",
    "name.secondLastName": "name",
    "dob": "birthday",
    "idType": "id_number",
    "idNumber": "id_number",
}
"""A field that an identity check lacks → what the sender is told that the page will ask for."""


class EnrolmentMessages:
    """Writes the messages from the catalogue `enrolment`."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def text(self, turn: Turn, key: str, **values: object) -> TextMessage:
        """Return a sentence."""
        sentence = f"enrolment.{key}"
        message = TextMessage(content=self._wording(sentence, turn.language, **values))
        return with_notice(message, sentence)

    def link(self, turn: Turn, enrolment: Enrolment, missing: Collection[str] = ()) -> LinkMessage:
        """Return the link with what it is for and what the page will ask for."""
        purpose, language = enrolment.purpose, turn.language
        minutes = max(1, round((enrolment.expires_at - turn.now).total_seconds() / 60))
        content = self._wording(f"enrolment.{purpose}", language, minutes=minutes)
        if needs := dict.fromkeys(need for path, need in NEEDS.items() if path in missing):
            named = ", ".join(self._wording(f"enrolment.need_{need}", language) for need in needs)
            content = f"{content}\n\n{self._wording('enrolment.needs', language, needs=named)}"
        button = self._wording(f"enrolment.{purpose}_button", language)
        return LinkMessage(
            content=content, links=(LinkTarget(text=button, url=enrolment.short_url),)
        )

    def in_transfer(self, turn: Turn, ticket: Ticket, what: str = "identity") -> LinkMessage:
        """Return a transfer's link, whose page also verifies the identity or takes a card."""
        key = f"enrolment.{what}_in_transfer"
        return link_message(ticket, self._wording, turn.language, now=turn.now, key=key)

    def instead(
        self, turn: Turn, ticket: Ticket, purpose: Purpose, actions: Collection[str]
    ) -> Outbound:
        """Return the link of the open transfer, whose page does the same; else say what waits."""
        if ticket.status in USABLE and set(actions) <= set(ticket.actions):
            return self.in_transfer(turn, ticket, "card" if purpose == "add_card" else "identity")
        return self.text(turn, "after_transfer", recipient=ticket.recipient_name)
