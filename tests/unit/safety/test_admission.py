"""What an accepted message may hold, and card numbers in parts (docs/safety.md 3.4)."""

import random
from dataclasses import replace

import pytest

from lola.domain.messages import (
    ChoiceContent,
    ContactsContent,
    EventContent,
    LocationContent,
    MediaContent,
    ReactionContent,
    SharedContact,
    TextContent,
    UnsupportedContent,
)
from lola.domain.session import Session
from lola.money.accounts import Accounts
from lola.money.sealing import Sealer
from lola.safety.input.admission import Admission
from lola.safety.input.split_cards import PART_MARK, without_split_cards
from tests.support import ADDRESS, NOW, inbound

CARD = "4111 1111 1111 1111"
CLABE = "014027000005555558"
CURP = "HEGG560427MVZRRL04"
SECRET = "s" * 32
CONTENTS = (
    TextContent(text=CARD),
    ChoiceContent(id=CARD, title=CARD),
    ContactsContent(contacts=(SharedContact(name=CARD, phones=(CARD, "+52 55 1234 5678")),)),
    LocationContent(latitude=1.0, longitude=2.0, name=CARD),
    MediaContent(media=CARD, caption=CARD),
    ReactionContent(emoji=CARD, message_id="wamid.x"),
    UnsupportedContent(kind=CARD),
)


def sealer(purpose: str) -> Sealer:
    return Sealer((SECRET,), purpose=purpose, tenant="lola", setting="VAULT_SECRET")


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: content.type)
def test_every_text_of_a_message_is_cleaned(content) -> None:
    """Whatever the kind of message, the number is gone and its kind is named."""
    admitted = Admission()(replace(inbound("x"), content=content))
    assert CARD not in repr(admitted)
    assert admitted.redacted == ("card",)


def test_ids_of_our_buttons_numbers_of_cards_and_events_stay() -> None:
    """A tap's own id, a contact's telephone and an event's data come through unchanged."""
    kept = (
        ChoiceContent(id="draft:confirm:dr_1:4111111111111111", title="Sí"),
        ContactsContent(contacts=(SharedContact(name="Ana", phones=("+52 55 1234 5678",)),)),
        EventContent(name="m2m.link.opened", data={"ticket": "tk_1", "note": "4111"}),
    )
    for content in kept:
        message = replace(inbound("x"), content=content)
        assert Admission()(message) == message


def test_a_profile_name_is_cleaned_and_not_told_each_time() -> None:
    """The number leaves the name, and no notice follows from it."""
    admitted = Admission()(replace(inbound("hola"), profile_name=f"Ana {CARD}"))
    assert admitted.profile_name == "Ana [card ••••1111]"
    assert admitted.redacted == ()


def test_an_account_is_sealed_for_the_tools_only() -> None:
    """The text has four characters; the tools get the whole number, and nobody without the key."""
    admission = Admission(accounts=sealer("account"))
    admitted = admission(inbound(f"a la cuenta {CLABE}"))
    assert admitted.content == TextContent(text="a la cuenta [••••5558]")
    assert CLABE not in repr(admitted)
    session = Session(address=ADDRESS, started_at=NOW, accounts=admitted.sealed)
    assert Accounts(sealer=sealer("account")).read("[••••5558]", session) == CLABE
    assert Accounts(sealer=sealer("account")).read("[••••0000]", session) == "[••••0000]"
    assert Accounts(sealer=sealer("other")).read("[••••5558]", session) == "[••••5558]"


def test_a_vault_keeps_identity_numbers_and_no_card() -> None:
    """With a vault the CURP can be opened; the card, its code and a password are nowhere."""
    admission = Admission(vault=sealer("vault"))
    admitted = admission(inbound(f"CURP {CURP}, {CARD} cvv 123, mi contraseña es Gatito77"))
    assert [value.kind for value in admitted.sealed] == ["identity_number"]
    assert sealer("vault").open(admitted.sealed[0].token).decode() == CURP
    assert Admission()(inbound(f"CURP {CURP}")).sealed == ()


@pytest.mark.parametrize(
    "parts",
    [
        ("4111 1111", "1111 1111"),
        ("primero 4111 1111 1111, luego te mando los otros", "1111"),
        ("4111", "1111", "1111", "1111"),
        ("3782 822463", "10005"),
        ("41111111", "11111111 vence pronto"),
        ("mi tarjeta 41111", "11111111111"),
    ],
)
def test_a_number_in_parts_leaves_every_message(parts) -> None:
    """All the digits of the number are gone from each of the messages."""
    cleaned = without_split_cards(("hola", *parts, "gracias"))
    assert [PART_MARK in text for text in cleaned] == [False, *(True for _ in parts), False]
    assert "1111" not in "".join(cleaned)


@pytest.mark.parametrize(
    "texts",
    [
        ("su tel 5512 3456 7890", "1234"),
        ("525512345678", "1500"),
        ("CLABE 0140 2700", "0005 5555"),
        ("hola", "300"),
        ("4111 1111 1111", "1112"),
    ],
)
def test_telephones_and_amounts_in_a_row_are_no_card(texts) -> None:
    """Messages that only happen to have sixteen digits together stay."""
    assert without_split_cards(texts) == texts


def test_random_messages_in_a_row_are_kept() -> None:
    """Of 20,000 telephones followed by amounts or folios, none is taken for parts of a card."""
    rng = random.Random(7)  # noqa: S311 - a repeatable draw
    for _ in range(20_000):
        phone = f"{rng.choice(('', '52', '1', '502'))}{rng.randrange(10**9, 10**10)}"
        other = rng.choice((str(rng.randrange(10, 5000)), f"folio {rng.randrange(10**6, 10**7)}"))
        assert without_split_cards((phone, other)) == (phone, other)
