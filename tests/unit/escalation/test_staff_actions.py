"""What staff may do with a conversation, against the real inbox."""

import asyncio

import pytest
from structlog.testing import capture_logs

from lola.domain.messages import ConversationId
from lola.escalation import transitions
from lola.escalation.staff_actions import (
    BadText,
    Conflict,
    HandedBack,
    OptedOut,
    Queued,
    Taken,
    Unknown,
)
from lola.telemetry import names
from tests.unit.escalation.support import Hurried, address


async def test_taking_over_makes_the_person_the_owner_and_raises_the_epoch(bank):
    """The epoch is what silences the bot in commit and outbox, so it must rise."""
    conversation = await bank.turn()
    before = await bank.actions.ownership(conversation)
    outcome = await bank.actions.take_over(conversation, "ana")
    after = await bank.actions.ownership(conversation)
    assert outcome == Taken(ownership=after)
    assert (after.owner, after.staff, after.since) == ("human", "ana", bank.clock.now)
    assert after.epoch == before.epoch + 1


async def test_taking_over_again_changes_nothing(bank):
    """A double click does not raise the epoch a second time."""
    conversation = await bank.turn()
    first = await bank.actions.take_over(conversation, "ana")
    assert await bank.actions.take_over(conversation, "ana") == first


async def test_a_second_person_is_told_who_has_the_conversation(bank):
    """Two people never own one conversation."""
    conversation = await bank.turn()
    await bank.actions.take_over(conversation, "ana")
    assert await bank.actions.take_over(conversation, "luis") == Conflict(owner="human", by="ana")


async def test_of_many_who_reach_at_once_exactly_one_gets_it(bank):
    """The inbox's compare-and-set decides; everybody else learns the winner's name."""
    conversation = await bank.turn()
    people = [f"person{number}" for number in range(8)]
    outcomes = await asyncio.gather(
        *(bank.actions.take_over(conversation, person) for person in people)
    )
    winner = (await bank.actions.ownership(conversation)).staff
    assert [outcome for outcome in outcomes if isinstance(outcome, Taken)] != []
    for person, outcome in zip(people, outcomes, strict=True):
        assert isinstance(outcome, Taken) == (person == winner)
        if person != winner:
            assert outcome == Conflict(owner="human", by=winner)


async def test_a_change_between_look_and_take_is_looked_at_again(bank):
    """A sender who asks in that very moment is taken over all the same, with the reason kept."""
    conversation = await bank.turn()
    bot = await bank.actions.ownership(conversation)
    asks = transitions.requested(bot, bank.clock(), "asked")
    desk = bank.actions_of(Hurried(bank.owners, [asks]))
    outcome = await desk.take_over(conversation, "ana")
    assert isinstance(outcome, Taken)
    assert outcome.ownership.reason == "asked"
    assert outcome.ownership.epoch == bot.epoch + 2


async def test_a_colleague_between_look_and_take_wins(bank):
    """The first of two keeps the conversation."""
    conversation = await bank.turn()
    bot = await bank.actions.ownership(conversation)
    luis = transitions.taken(bot, bank.clock(), "luis")
    desk = bank.actions_of(Hurried(bank.owners, [luis]))
    assert await desk.take_over(conversation, "ana") == Conflict(owner="human", by="luis")


async def test_a_conversation_that_never_was_cannot_be_taken(bank):
    """An unknown id leaves no ownership behind."""
    nowhere = ConversationId("whatsapp-" + "0" * 24)
    assert await bank.actions.take_over(nowhere, "ana") == Unknown()
    assert (await bank.actions.ownership(nowhere)).owner == "bot"


async def test_a_reply_enters_the_inbox_as_an_event_with_text_and_name(bank):
    """A reply of staff is delivered like every other message (reference/field.md B.1, row 11)."""
    conversation = await bank.turn()
    await bank.actions.take_over(conversation, "ana")
    outcome = await bank.actions.reply(conversation, "ana", "  Hola, soy Ana.\r\nDígame. ")
    work = await bank.next_work()
    [envelope] = work.envelopes
    assert isinstance(outcome, Queued)
    assert envelope.inbound.id == outcome.id
    assert envelope.inbound.address == address()
    assert envelope.inbound.content.name == "console.reply"
    assert envelope.inbound.content.data == {"text": "Hola, soy Ana.\nDígame.", "staff": "ana"}


async def test_what_no_chat_may_hold_leaves_a_reply_before_it_is_stored(bank):
    """Card data and a foreign link are in no store; the person is told what was taken out."""
    conversation = await bank.turn()
    await bank.actions.take_over(conversation, "ana")
    text = "mi tarjeta 4111 1111 1111 1111 cvv 123, en evil.example"
    outcome = await bank.actions.reply(conversation, "ana", text)
    work = await bank.next_work()
    data = work.envelopes[0].inbound.content.data
    assert outcome.removed == ("data", "link")
    assert data["removed"] == ["data", "link"]
    assert data["text"] == "mi tarjeta [card ••••1111] cvv [security code ••••], en […]"


async def test_only_the_owner_may_reply(bank):
    """Neither a colleague nor anybody before a takeover can reply to the sender."""
    conversation = await bank.turn()
    assert await bank.actions.reply(conversation, "ana", "hola") == Conflict(owner="bot", by="")
    await bank.actions.take_over(conversation, "ana")
    refused = await bank.actions.reply(conversation, "luis", "hola")
    assert refused == Conflict(owner="human", by="ana")


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("", BadText(reason="empty")),
        (" \r\n ", BadText(reason="empty")),
        ("a" * 1025, BadText(reason="too_long")),
    ],
)
async def test_words_that_cannot_be_sent_are_refused(bank, text, outcome):
    """A text message has 1 to 1,024 characters (reference/lola.md 7)."""
    conversation = await bank.turn()
    await bank.actions.take_over(conversation, "ana")
    assert await bank.actions.reply(conversation, "ana", text) == outcome


async def test_the_longest_allowed_reply_is_taken(bank):
    """1,024 characters are allowed, and a line break counts once."""
    conversation = await bank.turn()
    await bank.actions.take_over(conversation, "ana")
    text = "a" * 1022 + "\r\n" + "b"
    assert isinstance(await bank.actions.reply(conversation, "ana", text), Queued)


async def test_one_click_is_one_message_however_often_it_arrives(bank):
    """The same mark is one message; the same text with another mark is a second one."""
    conversation = await bank.turn()
    await bank.actions.take_over(conversation, "ana")
    first = await bank.actions.reply(conversation, "ana", "hola", once="click-1")
    again = await bank.actions.reply(conversation, "ana", "hola", once="click-1")
    other = await bank.actions.reply(conversation, "ana", "hola", once="click-2")
    assert not first.duplicate
    assert again.duplicate
    assert again.id == first.id
    assert not other.duplicate


async def test_handing_back_gives_the_bot_its_right_and_enqueues_the_event(bank):
    """The engine tells the sender and starts afresh when it meets the event."""
    conversation = await bank.turn()
    await bank.actions.take_over(conversation, "ana")
    outcome = await bank.actions.hand_back(conversation, "ana")
    work = await bank.next_work()
    assert outcome == HandedBack(ownership=await bank.actions.ownership(conversation))
    assert work.ownership.owner == "bot"
    assert work.envelopes[0].inbound.content.name == "console.handback"
    assert work.envelopes[0].inbound.content.data == {"staff": "ana"}


async def test_nobody_hands_back_what_a_colleague_has_except_a_supervisor(bank):
    """People go home; a supervisor frees their conversations."""
    conversation = await bank.turn()
    await bank.actions.take_over(conversation, "ana")
    assert await bank.actions.hand_back(conversation, "luis") == Conflict(owner="human", by="ana")
    freed = await bank.actions.hand_back(conversation, "eva", supervisor=True)
    assert isinstance(freed, HandedBack)


async def test_handing_back_twice_tells_the_sender_once(bank):
    """The second time there is nothing to hand back, not even for a supervisor."""
    conversation = await bank.turn()
    await bank.actions.take_over(conversation, "ana")
    await bank.actions.hand_back(conversation, "ana")
    again = await bank.actions.hand_back(conversation, "ana", supervisor=True)
    assert again == Conflict(owner="bot", by="")


async def test_who_was_faster_keeps_what_somebody_else_wanted_to_assign(bank):
    """The look before an assignment is repeated when the owner changed since."""
    conversation = await bank.turn()
    await bank.wait_for_person(conversation)
    owner = await bank.owners.get(conversation)
    actions = bank.actions_of(
        Hurried(bank.owners, [transitions.taken(owner, bank.clock(), "luis")])
    )
    outcome = await actions.assign(conversation, "ana", "eva")
    assert outcome == Conflict(owner="human", by="luis")
    assert (await bank.actions.ownership(conversation)).staff == "luis"


@pytest.mark.parametrize("text", ["\u200b", "\u202e \u2066", "\u0958" * 400])
async def test_hidden_characters_are_no_words_and_others_are_never_cut(bank, text):
    """Nothing visible is refused; a letter that becomes two in its canonical form stays whole."""
    conversation = await bank.turn()
    await bank.actions.take_over(conversation, "ana")
    outcome = await bank.actions.reply(conversation, "ana", f"{text}")
    if text[0] != "\u0958":
        assert outcome == BadText(reason="empty")
        return
    data = (await bank.next_work()).envelopes[0].inbound.content.data
    assert len(data["text"]) == 800


async def test_every_action_is_audited_and_no_message_text_is(bank):
    """Who, what and which conversation are in the log; texts and numbers are not."""
    conversation = await bank.turn(text="mi secreto")
    with capture_logs() as logs:
        await bank.actions.take_over(conversation, "ana")
        await bank.actions.take_over(conversation, "luis")
        await bank.actions.reply(conversation, "ana", "texto reservado")
        await bank.actions.reply(conversation, "luis", "texto reservado")
        await bank.actions.hand_back(conversation, "luis")
        await bank.actions.hand_back(conversation, "ana")
    assert [entry["event"] for entry in logs] == [
        names.STAFF_TAKEN_OVER,
        names.STAFF_TAKE_OVER_REFUSED,
        names.STAFF_REPLIED,
        names.STAFF_REPLY_REFUSED,
        names.STAFF_HAND_BACK_REFUSED,
        names.STAFF_HANDED_BACK,
    ]
    assert all(entry["conversation"] == conversation and entry["staff"] for entry in logs)
    everything = str(logs)
    for secret in ("reservado", "secreto", address().sender):
        assert secret not in everything


async def test_every_action_is_a_record_of_the_audit_trail(bank):
    """Changes of owner by their own script, refused attempts with the name of who tried."""
    conversation = await bank.turn()
    await bank.actions.take_over(conversation, "ana")
    await bank.actions.take_over(conversation, "luis")
    await bank.actions.reply(conversation, "luis", "hola")
    await bank.actions.hand_back(conversation, "luis")
    await bank.actions.hand_back(conversation, "ana")
    found = [(record.kind, record.body["staff"]) for record in await bank.trail.newest()]
    assert found == [
        ("owner", "ana"),
        (names.STAFF_TAKE_OVER_REFUSED, "luis"),
        (names.STAFF_REPLY_REFUSED, "luis"),
        (names.STAFF_HAND_BACK_REFUSED, "luis"),
        ("owner", ""),
        (names.STAFF_HANDED_BACK, "ana"),
    ]


async def test_a_sender_who_opted_out_is_not_written_to(bank):
    """The staff member is told at once, instead of writing a reply that is never sent
    (reference/channels.md 2.8).
    """
    conversation = await bank.turn()
    await bank.actions.take_over(conversation, "ana")
    await bank.consent.record(address(), "out", how="keyword", event="m1")
    assert await bank.actions.reply(conversation, "ana", "¿Sigue ahí?") == OptedOut()
    await bank.consent.record(address(), "in", how="keyword", event="m2")
    assert isinstance(await bank.actions.reply(conversation, "ana", "¿Sigue ahí?"), Queued)
