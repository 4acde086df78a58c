"""Takeovers in any order: the bot never speaks beside a person, and no word of either side is lost.

`make test-takeover` plays 10,000 orders; here Hypothesis looks for a short one that breaks.
"""

import asyncio

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from lola.delivery import Reply
from lola.domain.messages import TextMessage
from lola.state import connect
from tests.takeover.world import STEPS, World, speak


def machine(url, **world):
    """Return a machine that takes the steps of `World` in any order."""

    class Takeover(RuleBasedStateMachine):
        """One conversation with a sender, a worker, the outbox and two colleagues."""

        def __init__(self):
            super().__init__()
            self.runner = asyncio.Runner()
            self.connections = connect(url)
            self.world = World(self.connections, **world)
            self.runner.run(self.world.begin())

        @rule(step=st.sampled_from(STEPS))
        def anything_happens(self, step):
            self.runner.run(self.world.do(step))

        @invariant()
        def the_bot_is_silent_beside_a_person(self):
            assert self.world.said_wrongly() == []

        def teardown(self):
            try:
                assert self.runner.run(self.world.problems()) == []
            finally:
                self.runner.run(self.connections.close())
                self.runner.close()

    return Takeover


def test_no_order_of_steps_lets_the_bot_speak_or_loses_a_word(valkey_url):
    """Two colleagues, a worker and the outbox, in any order (reference/field.md A.2)."""
    run_state_machine_as_test(
        machine(valkey_url),
        settings=settings(max_examples=40, stateful_step_count=25, deadline=None, database=None),
    )


def _as_code(work):
    """Speak as code always does, which is sent under every owner."""
    return tuple(Reply(message=one.message, author="code") for one in speak(work))


def _only_owners(work):
    """Drop what staff wrote before somebody else had the conversation."""
    return speak(work) if work.ownership.owner == "human" else ()


def _twice(work):
    return tuple(
        Reply(message=TextMessage(content=one.message.content), author=one.author)
        for one in (*speak(work), *speak(work))
    )


@pytest.mark.parametrize(
    ("design", "steps", "problem"),
    [
        (_as_code, ("sender_writes", "turn_begins", "turn_commits", "ana_takes", "outbox_sends"),
         "said beside a person"),
        (_only_owners, ("ana_takes", "ana_replies", "ana_hands_back"), "ana sent"),
        (_twice, ("ana_takes", "ana_replies"), "ana sent"),
    ],
)  # fmt: skip
async def test_a_broken_design_is_found(connections, design, steps, problem):
    """A bot that speaks in the name of code, replies that are dropped, and doubled ones."""
    world = World(connections, speak=design)
    await world.begin()
    for step in steps:
        await world.do(step)
    assert any(one.startswith(problem) for one in await world.problems())


async def test_a_message_that_is_lost_is_found(connections):
    """What the sender wrote must be in the history, once and in order."""
    world = World(connections)
    await world.begin()
    world.written.append("never stored")
    assert any(one.startswith("the sender wrote") for one in await world.problems())
