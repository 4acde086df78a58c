"""Who a message is from: the lasting id, the number that comes and goes (docs/channels.md)."""

import asyncio
from datetime import timedelta

import pytest

from lola.domain.events import SENDER_CHANGED
from lola.domain.messages import Address, EventContent, Inbound, MessageId, TextContent
from lola.state.persons import QUARANTINE, Persons
from lola.text.phone_numbers import canonical
from tests.support import NOW, ManualClock

ANA, LUZ = "5215512345678", "5215587654321"
ANA_ID, LUZ_ID, NEW_ID = "MX.40011223344556677", "MX.5550001112223334", "MX.777000111222"
HELLO = TextContent(text="hola")


class Sent:
    """Builds messages, each a second after the one before."""

    def __init__(self):
        self.count = 0

    def __call__(self, number="", user_id="", *, content=HELLO, at=None, account="700", name=""):
        self.count += 1
        address = Address(
            channel="whatsapp",
            account=account,
            sender=number or user_id,
            phone=canonical(number) if number else None,
            user_id=user_id,
        )
        return Inbound(
            id=MessageId(name or f"wamid.{self.count}"),
            address=address,
            content=content,
            sent_at=NOW - timedelta(days=200) + timedelta(seconds=self.count if at is None else at),
        )

    def moved(self, before="", *, to="", number="", from_number="", at=None):
        data = {"change": "user_changed_user_id", "user_id": to}
        data["phone"] = canonical(number) if number else ""
        content = EventContent(name=SENDER_CHANGED, data=data)
        return self(from_number, before, content=content, at=at)


@pytest.fixture
def sent():
    return Sent()


@pytest.fixture
def persons(connections, keys):
    return Persons(connections, keys, ManualClock())


@pytest.fixture
def of(persons):
    async def resolve(*messages):
        return [known.message.address for known in await persons.resolve(messages)]

    return resolve


async def test_one_person_through_shown_hidden_and_shown_again(of, sent):
    """The number is an attribute that comes and goes (reference/channels.md 1.11)."""
    shown, hidden, again = await of(sent(ANA, ANA_ID), sent(user_id=ANA_ID), sent(ANA, ANA_ID))
    assert shown.conversation == hidden.conversation == again.conversation
    assert {one.phone for one in (shown, hidden, again)} == {"+525512345678"}


async def test_a_person_first_seen_without_a_number_keeps_the_conversation(of, sent):
    """The number that is shown later joins the person of the id."""
    hidden, shown, by_number = await of(sent(user_id=ANA_ID), sent(ANA, ANA_ID), sent(ANA))
    assert hidden.phone is None
    assert hidden.conversation == shown.conversation == by_number.conversation


async def test_a_conversation_from_before_the_ids_goes_on(of, sent):
    """Who wrote by number only, yesterday, is the one who shows that number with an id today."""
    before, after = await of(sent(ANA), sent(ANA, ANA_ID))
    old = Address(channel="whatsapp", account="700", sender=ANA)
    assert before.conversation == after.conversation == old.conversation


async def test_the_other_spelling_of_a_number_is_the_same_person(of, sent):
    """Mexico's 521 and 52 are one line (reference/channels.md 1.10)."""
    first, second = await of(sent(ANA), sent("525512345678"))
    assert first.conversation == second.conversation


async def test_replies_go_to_the_lasting_id(of, sent):
    """A number may reach a stranger one day; the id never does."""
    shown, by_number = await of(sent(ANA, ANA_ID), sent(ANA))
    assert shown.sender == ANA_ID
    assert by_number.sender == ANA
    assert by_number.user_id == ANA_ID


async def test_a_recycled_number_takes_nothing_over(of, sent):
    """The number's new holder has another id, and is another person from the first message on."""
    ana, luz, ana_hidden, by_number = await of(
        sent(ANA, ANA_ID), sent(ANA, LUZ_ID), sent(user_id=ANA_ID), sent(ANA)
    )
    assert ana.conversation == ana_hidden.conversation != luz.conversation
    assert by_number.conversation == luz.conversation
    assert ana_hidden.phone is None
    assert luz.phone == "+525512345678"


async def test_a_number_without_an_id_is_not_inherited_after_a_long_silence(of, persons, sent):
    """Carriers give numbers to others; after that time only an opt-out of the number goes on."""
    later = QUARANTINE.total_seconds() + 60
    (old,) = await of(sent(ANA, at=0))
    (new,) = await persons.resolve([sent(ANA, ANA_ID, at=later)])
    assert new.message.address.conversation != old.conversation
    assert new.joined is not None
    assert new.joined.conversation == old.conversation


async def test_a_new_user_id_moves_the_person(of, sent):
    """Meta's notice names the id before and the new one, without a number (`from` missing)."""
    before, notice, after = await of(
        sent(ANA, ANA_ID), sent.moved(ANA_ID, to=NEW_ID), sent(user_id=NEW_ID)
    )
    assert before.conversation == notice.conversation == after.conversation
    assert notice.sender == after.sender == NEW_ID
    assert after.phone is None


async def test_a_new_number_moves_the_person_and_frees_the_old_one(of, sent):
    """The holder of the old number is somebody else from now on."""
    before, _, after, stranger = await of(
        sent(ANA, ANA_ID),
        sent.moved(ANA_ID, to=NEW_ID, number=LUZ, from_number=ANA),
        sent(LUZ, NEW_ID),
        sent(ANA, LUZ_ID),
    )
    assert before.conversation == after.conversation != stranger.conversation
    assert after.phone == "+525587654321"


async def test_a_notice_by_number_alone_moves_the_person(of, sent):
    """The older notice has `from` and the new `wa_id` and no ids."""
    before, _, after = await of(
        sent(ANA), sent.moved(number=LUZ, from_number=ANA), sent(LUZ, NEW_ID)
    )
    assert before.conversation == after.conversation


async def test_a_message_under_the_new_id_that_was_faster_than_its_notice(of, persons, sent):
    """From the notice on, both ids are the person that was known first; an opt-out is joined."""
    (ana,) = await of(sent(ANA, ANA_ID))
    (early,) = await of(sent(LUZ, NEW_ID, name="wamid.early", at=50))
    (notice,) = await persons.resolve([sent.moved(ANA_ID, to=NEW_ID, at=49)])
    assert early.conversation != ana.conversation
    assert notice.joined is not None
    assert notice.joined.conversation == early.conversation
    (after,) = await of(sent(user_id=NEW_ID, at=60))
    assert after.conversation == ana.conversation
    assert after.phone == "+525587654321"
    (again,) = await of(sent(LUZ, NEW_ID, name="wamid.early", at=50))
    assert again.conversation == early.conversation


async def test_a_late_message_under_the_old_id_finds_the_person(of, sent):
    """Order is not guaranteed, and the old number stays given up (reference/channels.md 1.3)."""
    ana, _, late, hidden = await of(
        sent(ANA, ANA_ID, at=10),
        sent.moved(ANA_ID, to=NEW_ID, at=20),
        sent(ANA, ANA_ID, at=15),
        sent(user_id=NEW_ID, at=30),
    )
    assert late.conversation == ana.conversation
    assert late.sender == NEW_ID
    assert hidden.phone is None


async def test_a_late_message_does_not_take_a_number_back(of, sent):
    """A message that was sent before the number changed hands is of its holder of that time."""
    ana, luz, late, late_by_number, now = await of(
        sent(ANA, ANA_ID, at=10),
        sent(ANA, LUZ_ID, at=20),
        sent(ANA, ANA_ID, at=15),
        sent(ANA, at=12),
        sent(ANA, at=30),
    )
    assert late.conversation == late_by_number.conversation == ana.conversation
    assert now.conversation == luz.conversation


async def test_a_message_that_comes_again_goes_where_it_went(of, sent):
    """Its duplicate is found there, although the number has another person by now."""
    (first,) = await of(sent(ANA, name="wamid.twice", at=1))
    (linked,) = await of(sent(user_id=ANA_ID, at=2))
    (shown,) = await of(sent(ANA, ANA_ID, at=3))
    (again,) = await of(sent(ANA, name="wamid.twice", at=1))
    assert shown.conversation == linked.conversation != first.conversation
    assert again.conversation == first.conversation


async def test_another_device_needs_the_number_again(of, sent):
    """Where the number is not shown, what was proved before counts no more."""
    notice = EventContent(name=SENDER_CHANGED, data={"change": "customer_identity_changed"})
    known, doubted, after = await of(
        sent(ANA, ANA_ID), sent(user_id=ANA_ID, content=notice), sent(user_id=ANA_ID)
    )
    assert known.phone is not None
    assert doubted.phone is after.phone is None
    assert known.conversation == after.conversation


async def test_accounts_share_persons_and_not_conversations(of, sent):
    """A person who is linked at one number of the bank is found at all of them."""
    one, other = await of(sent(ANA, ANA_ID), sent(user_id=ANA_ID, account="800"))
    assert one.person == other.person
    assert one.conversation != other.conversation
    assert other.phone == one.phone


async def test_a_sender_that_is_neither_number_nor_id_is_one_person(of):
    """Whatever a provider calls its sender is kept verbatim."""
    address = Address(channel="whatsapp", account="700", sender="12")
    first, second = await of(
        *(Inbound(id=MessageId(name), address=address, content=HELLO) for name in "ab")
    )
    assert first.conversation == second.conversation == address.conversation


async def test_a_long_batch_keeps_its_order(of, sent):
    """Hundreds of messages of several channels, in calls of bounded size."""
    messages = [sent(f"52155{number:08}") for number in range(450)]
    assert [one.sender for one in await of(*messages)] == [one.address.sender for one in messages]


async def test_no_link_holds_a_number_in_its_name(connections, keys, of, sent):
    """Names of keys end up in dumps and slow logs, so they hold digests only."""
    await of(sent(ANA, ANA_ID))
    names = [name async for name in connections.commands.scan_iter(f"{keys.project}:*")]
    assert len(names) == 4
    assert not [name for name in names if "12345678" in name or ANA_ID in name]


@pytest.mark.parametrize(
    "asked",
    [
        {"sender": "+525512345678", "phone": "+525512345678"},
        {"sender": ANA_ID, "user_id": ANA_ID},
        {"sender": ANA_ID},
    ],
)
async def test_a_person_is_found_by_either_id_without_linking_anything(of, persons, sent, asked):
    """Operators ask about a number, or about the id of somebody who shows none."""
    (ana,) = await of(sent(user_id=ANA_ID))
    stranger = Address(channel="whatsapp", account="", **asked)
    if "phone" in asked:
        assert await persons.known(stranger) == stranger
    await of(sent(ANA, ANA_ID))
    assert (await persons.known(stranger)).person == ana.person


async def test_messages_that_come_at_once_are_of_one_person(persons, sent):
    """Several gateways ask at the same time, in any order, with either id or both."""
    forms = [(ANA, ANA_ID), ("", ANA_ID), (ANA, ANA_ID), ("", ANA_ID)] * 10
    answers = await asyncio.gather(*(persons.resolve([sent(*ids)]) for ids in forms))
    assert len({known.message.conversation for (known,) in answers}) == 1
