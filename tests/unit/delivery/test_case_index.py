"""Lists of conversations from the index: complete, in order, and at a constant price."""

from lola.delivery.case_index import CaseIndex
from lola.delivery.model import Ownership
from lola.domain.case_line import CaseLine
from tests.unit.escalation.support import Bank, address


async def commands_of(connections, act):
    """Return how many commands Redis ran for an act."""
    before = (await connections.commands.info("stats"))["total_commands_processed"]
    await act()
    return (await connections.commands.info("stats"))["total_commands_processed"] - before - 1


async def test_waiting_first_then_conversations_of_staff_longest_first(connections):
    """The order in which staff should look at them; the bot's are not listed."""
    bank = Bank(connections)
    taken = await bank.turn(address("0001"))
    await bank.actions.take_over(taken, "ana")
    bank.clock.pass_(minutes=1)
    early = await bank.turn(address("0002"))
    await bank.wait_for_person(early)
    bank.clock.pass_(minutes=1)
    late = await bank.turn(address("0003"))
    await bank.wait_for_person(late)
    bots = await bank.turn(address("0004"))
    opened = await bank.index.open()
    assert [name for name, _ in opened] == [early, late, taken]
    assert [(owner.owner, owner.staff) for _, owner in opened] == [
        ("waiting", ""), ("waiting", ""), ("human", "ana"),
    ]  # fmt: skip
    assert await bank.index.recent(2) == (bots, late)
    await bank.actions.hand_back(taken, "ana")
    assert [name for name, _ in await bank.index.open()] == [early, late]


async def test_a_line_is_what_the_session_says(connections):
    """Channel, number, name and language; nothing where no conversation is stored."""
    bank = Bank(connections)
    conversation = await bank.turn(address("0001"))
    known, unknown = await bank.index.lines([conversation, "whatsapp-" + 24 * "0"])
    assert known == CaseLine(channel="whatsapp", phone="+15550100001", name="Rosa", language="es")
    assert unknown is None


async def test_what_an_older_version_stored_is_listed(connections):
    """It kept no hash of open conversations and no line; nobody disappears from the queue."""
    bank = Bank(connections)
    conversation = await bank.turn(address("0001"))
    await bank.wait_for_person(conversation)
    keys, redis = bank.keys, connections.commands
    await redis.delete(keys.open_cases(keys.shard(conversation)))
    await redis.hdel(keys.state(conversation), "line")
    [(name, owner)] = await bank.index.open()
    assert (name, owner.owner) == (conversation, "waiting")
    assert await bank.index.lines([conversation]) == (CaseLine(),)


async def test_words_are_those_of_sender_and_answer(connections):
    """Both sides of a conversation can be searched."""
    bank = Bank(connections)
    conversation = await bank.turn(text="para mi tía Chayo", answer="Con gusto")
    [said] = await bank.index.words([conversation])
    assert "tía Chayo" in said
    assert "Con gusto" in said


async def test_the_list_costs_the_same_for_ten_and_for_five_hundred(connections):
    """Redis is asked as often, however many conversations are open."""
    bank = Bank(connections)
    index = CaseIndex(connections, bank.keys)
    prices = []
    for start, count in ((0, 10), (10, 490)):
        for number in range(start, start + count):
            name = f"whatsapp-{number:024x}"
            await bank.owners.set_owner(name, Ownership(owner="waiting"), 0)
        prices.append(await commands_of(connections, index.open))
    assert len(await index.open()) == 500
    assert prices[0] == prices[1] <= 2 * bank.keys.shards + 1
