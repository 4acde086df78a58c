"""Budgets per sender and day: reserved before, settled after (docs/safety.md G12)."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from lola.models.budgets import Budgets
from lola.models.chat import ModelReply, Usage
from lola.models.meter import Meter
from lola.settings import ModelPrice, load_settings
from lola.state import Keys
from tests.support import NOW, turn

MOST = Usage(input_tokens=60, output_tokens=40)


@pytest.fixture
def keys() -> Keys:
    return Keys(f"t{uuid4().hex[:12]}")


@pytest.fixture
def make(connections, keys):
    def made(**settings) -> Budgets:
        return Budgets(connections, keys, load_settings(**settings))

    return made


async def take(budgets: Budgets, tokens: int, *, name="1", cost=None, **changes) -> bool:
    """One turn that takes so many tokens if it may."""
    meter = Meter()
    async with budgets.spend(turn("hola", **changes), name, MOST, meter) as may:
        if may:
            usage = Usage(input_tokens=tokens)
            meter.answered(ModelReply(usage=usage, cost=cost))
        return may


async def test_what_was_not_taken_is_given_back(make) -> None:
    """A turn is counted with what it really took."""
    budgets = make(sender_tokens_per_day=200)
    for name in range(10):
        assert await take(budgets, 10, name=str(name))
    assert await take(budgets, 10, name="10")
    assert not await take(budgets, 10, name="11")


async def test_no_sender_gets_further_than_the_budget_and_one_turn(make) -> None:
    """A turn may take more than was reserved; the next one is refused (docs/safety.md 3.5)."""
    budgets = make(sender_tokens_per_day=200)
    assert await take(budgets, 900)
    assert not await take(budgets, 1, name="2")


async def test_turns_side_by_side_cannot_set_the_same_tokens_aside(make) -> None:
    """Twenty at once with room for three: exactly three may ask."""
    budgets = make(sender_tokens_per_day=300)
    asking, done = asyncio.Event(), asyncio.Event()
    answers: list[bool] = []

    async def one(name: int) -> None:
        async with budgets.spend(turn("hola"), str(name), MOST, Meter()) as may:
            answers.append(may)
            if len(answers) == 20:
                asking.set()
            await done.wait()

    tasks = [asyncio.create_task(one(name)) for name in range(20)]
    await asking.wait()
    done.set()
    await asyncio.gather(*tasks)
    assert sum(answers) == 3


async def test_a_turn_that_fails_pays_what_it_took(make) -> None:
    """An error after an answer settles that answer."""
    budgets = make(sender_tokens_per_day=200)
    meter = Meter()

    async def fail() -> None:
        async with budgets.spend(turn("hola"), "1", MOST, meter):
            meter.answered(ModelReply(usage=Usage(input_tokens=150)))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert not await take(budgets, 1, name="2")


async def test_a_turn_that_is_cut_off_keeps_what_it_set_aside(make) -> None:
    """Requests that were on their way may be billed; the repeated turn sets aside anew."""
    budgets = make(sender_tokens_per_day=200)
    inside = asyncio.Event()

    async def cut() -> None:
        async with budgets.spend(turn("hola"), "1", MOST, Meter()):
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(cut())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await take(budgets, 1, name="1")
    assert not await take(budgets, 1, name="2")


async def test_money_is_a_budget_of_its_own(make) -> None:
    """By the dearest price of the table, since any model of an order may answer."""
    prices = {
        "a": ModelPrice(input=Decimal(1), output=Decimal(1)),
        "b": ModelPrice(input=Decimal(1000), output=Decimal(1000)),
    }
    budgets = make(sender_tokens_per_day=0, sender_cost_per_day="0.25", model_prices=prices)
    assert await take(budgets, 5, cost=Decimal("0.2"))
    assert not await take(budgets, 5, name="2", cost=Decimal("0.01"))


async def test_senders_and_days_are_apart(make) -> None:
    """Another number, or tomorrow, has a budget of its own; another channel has not."""
    budgets = make(sender_tokens_per_day=150)
    assert await take(budgets, 100)
    assert not await take(budgets, 1, name="2")
    assert await take(budgets, 1, name="2", phone="+15550109999")
    assert await take(budgets, 1, name="2", now=NOW + timedelta(days=1))


async def test_no_number_stands_in_a_key_and_accounts_end(make, connections, keys) -> None:
    """Keys hold digests, and nothing is kept past two days."""
    await take(make(sender_tokens_per_day=500), 1)
    (name,) = await connections.commands.keys(f"{keys.project}:sp:*")
    assert "15550104477" not in name
    assert 0 < await connections.commands.ttl(name) <= 2 * 24 * 60 * 60


async def test_without_limits_redis_is_not_asked(make, connections, keys) -> None:
    """Zero is no limit, and costs nothing."""
    assert await take(make(sender_tokens_per_day=0), 10**9)
    assert await connections.commands.keys(f"{keys.project}:sp:*") == []
