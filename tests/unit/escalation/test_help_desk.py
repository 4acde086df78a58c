"""What staff do in an external help desk is applied here (`lola.escalation.help_desk`)."""

import asyncio
from dataclasses import replace

import pytest

from lola.channel.contract import StaffAction
from lola.delivery import Effects
from lola.domain.messages import ConversationId
from lola.escalation.help_desk import PEOPLE, HelpDeskBridge
from lola.state.sync_list import SyncList
from tests.unit.escalation.support import address

DESK = "helpdesk"


@pytest.fixture
async def bridge(bank):
    sync_list = SyncList(bank.store._redis, bank.store._keys, bank.clock, "test")
    return HelpDeskBridge(bank.actions, bank.inbox, bank.owners, bank.store, sync_list, bank.clock)


@pytest.fixture
async def conversation(bank, bridge):
    found = await bank.turn()
    await bridge.save_link(found, {"thread": "77"})
    return found


def action(conversation, kind="reply", **changes):
    said = {"id": "m-1", "text": "hola"} if kind == "reply" else {}
    facts = {"conversation": conversation, "thread": "77", "kind": kind, "staff": "Luis"}
    return StaffAction(**{**facts, **said, **changes})


async def words(bank):
    """Every event in the inbox, each in a turn of its own."""
    found, work = [], await bank.next_work()
    while work is not None:
        found += [envelope.inbound.content.data for envelope in work.envelopes]
        effects = Effects(address=address(), state=work.state, record={"turn": "9"})
        outcome = await bank.inbox.commit(work, effects)
        work = await bank.inbox.reload(work) if outcome == "more" else None
    return found


async def test_a_reply_takes_over_and_is_passed_on_once(bank, bridge, conversation):
    """However often the webhook comes, also at the same moment."""
    await asyncio.gather(*(bridge.apply(action(conversation), DESK) for _ in range(4)))
    ownership = await bank.owners.get(conversation)
    assert (ownership.owner, ownership.staff) == ("human", "Luis (helpdesk)")
    assert await words(bank) == [{"text": "hola", "staff": "Luis (helpdesk)"}]


async def test_a_repeated_reply_does_not_take_over_again(bank, bridge, conversation):
    """After the hand-back, an old message that is listed again changes nothing."""
    await bridge.apply(action(conversation), DESK)
    await bridge.set_owner(conversation, "bot")
    await bridge.apply(action(conversation), DESK)
    assert (await bank.owners.get(conversation)).owner == "bot"


async def test_a_long_reply_loses_nothing(bank, bridge, conversation):
    """A text longer than a message is sent in parts, in order (reference/lola.md 7)."""
    text = " ".join(f"palabra{n}" for n in range(300))
    await bridge.apply(action(conversation, text=text), DESK)
    assert " ".join(item["text"] for item in await words(bank)) == text


async def test_a_colleague_speaks_for_whoever_has_the_conversation(bank, bridge, conversation):
    """In the help desk anybody may reply; here the owner does not change."""
    await bridge.apply(action(conversation), DESK)
    await bridge.apply(action(conversation, id="m-2", staff="Marta", text="sigo yo"), DESK)
    assert [item["text"] for item in await words(bank)] == ["hola", "sigo yo"]
    assert (await bank.owners.get(conversation)).staff == "Luis (helpdesk)"


async def test_an_assignment_silences_the_bot_and_is_remembered(bank, bridge, conversation):
    """So that a hand-back right after it is seen as one."""
    await bridge.apply(action(conversation, "took"), DESK)
    assert (await bank.owners.get(conversation)).owner == "human"
    assert (await bridge.link(conversation))[PEOPLE] is True


@pytest.mark.parametrize(
    "stranger",
    [{"thread": "78"}, {"conversation": ConversationId("whatsapp-000000000000000000000000")}],
    ids=["another thread", "no such conversation"],
)
async def test_an_action_about_strangers_is_dropped(bank, bridge, conversation, stranger):
    """Only the thread that we created acts for a conversation."""
    await bridge.apply(replace(action(conversation), **stranger), DESK)
    assert (await bank.owners.get(conversation)).owner == "bot"


@pytest.mark.parametrize(
    ("steps", "owner"),
    [
        (("waiting",), "waiting"),
        (("waiting", "bot"), "bot"),
        (("waiting", "human"), "human"),
        (("human", "waiting"), "human"),
        (("human", "bot"), "bot"),
        (("bot",), "bot"),
    ],
)
async def test_who_speaks_follows_the_table(bank, bridge, conversation, steps, owner):
    """An unassigned case stays with people until it is given back."""
    for step in steps:
        await bridge.set_owner(conversation, step, "Luis")
    assert (await bank.owners.get(conversation)).owner == owner
