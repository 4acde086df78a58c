"""ContactDecoding: shared contact cards in one form, numbers in E.164 (reference/lola.md 8, 20.5).

A number that cannot be read stays as it was written; a contact never blocks a message.
"""

from dataclasses import replace

from lola.conversation.pipeline import Stage
from lola.domain.messages import ContactsContent, Inbound, SharedContact
from lola.domain.turn import Answer, Turn
from lola.text.phone_numbers import international

MOST_CONTACTS = 5
NAME_LIMIT = 60


class ContactDecodingMiddleware(Stage):
    """Normalises the contacts of a burst."""

    name = "ContactDecoding"
    summary = "contact cards and their numbers in one form"

    async def incoming(self, turn: Turn) -> Turn | Answer:
        """Rewrite every contacts message of the burst."""
        return turn.evolve(inbound=tuple(_decoded(message) for message in turn.inbound))


def _decoded(message: Inbound) -> Inbound:
    if not isinstance(message.content, ContactsContent):
        return message
    contacts = tuple(
        SharedContact(
            name=" ".join(contact.name.split())[:NAME_LIMIT],
            phones=tuple(international(phone) or phone for phone in contact.phones),
        )
        for contact in message.content.contacts[:MOST_CONTACTS]
    )
    return replace(message, content=replace(message.content, contacts=contacts))
