"""ContactDecoding: cards in one form, numbers in E.164, nothing blocked."""

from lola.domain.messages import ContactsContent, SharedContact
from middleware.contact_decoding import MOST_CONTACTS, ContactDecodingMiddleware
from tests.support import inbound, turn


def card(name: str, *phones: str) -> SharedContact:
    return SharedContact(name=name, phones=phones)


async def decoded(*cards: SharedContact) -> ContactsContent:
    result = await ContactDecodingMiddleware().incoming(
        turn(inbound(ContactsContent(contacts=cards)))
    )
    return result.last.content


async def test_numbers_come_out_in_e164() -> None:
    """Mexican and Argentine WhatsApp spellings become one number (reference/channels.md 1.10)."""
    content = await decoded(card("Rosa  Hernández", "52 1 55 1234 5678", "+54 9 11 2345 6789"))
    assert content.contacts == (card("Rosa Hernández", "+525512345678", "+541123456789"),)


async def test_what_cannot_be_read_stays() -> None:
    """A strange number never blocks the message."""
    assert (await decoded(card("X", "ext. doce"))).contacts[0].phones == ("ext. doce",)


async def test_the_number_of_cards_and_the_length_of_names_are_bounded() -> None:
    """Names are data with a cap (docs/safety.md G10)."""
    content = await decoded(*(card("n" * 500, "1") for _ in range(50)))
    assert len(content.contacts) == MOST_CONTACTS
    assert len(content.contacts[0].name) == 60


async def test_other_messages_pass_untouched() -> None:
    """Text is not looked at."""
    before = turn("llámame al 5215512345678")
    assert await ContactDecodingMiddleware().incoming(before) == before
