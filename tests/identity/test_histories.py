"""No two people become one, whatever happens to their ids and numbers (docs/channels.md)."""

from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lola.state import Keys
from lola.state.persons import Known, Persons
from tests.identity.histories import problems
from tests.support import ManualClock

STEPS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 39)), min_size=2, max_size=25
)
RECYCLED = [(0, 0, 0), (3, 0, 0), (3, 1, 1), (0, 1, 0)]
"""One person is seen with a number and leaves it; another is seen with it at once."""


class ByNumber(Persons):
    """A broken design: whoever has a number is the person of that number."""

    async def resolve(self, messages):
        return [Known(message=message) for message in messages]


class WithoutMemory(Persons):
    """A broken design: a message that comes again is asked about anew."""

    async def resolve(self, messages):
        _, memory = self._keys.persons("whatsapp")
        for name in [name async for name in self._connections.commands.scan_iter(f"{memory}*")]:
            await self._connections.commands.delete(name)
        return await super().resolve(messages)


def persons(connections, kind=Persons):
    return kind(connections, Keys(f"t{uuid4().hex[:12]}"), ManualClock())


@pytest.mark.parametrize("part", range(4))
async def test_nobody_becomes_another_person(connections, part):
    """A few hundred histories; `make test-identity` plays ten thousand."""

    @settings(max_examples=60, derandomize=True, database=None)
    @given(history=STEPS)
    def play(history):
        histories.append([(kind, who, how + part) for kind, who, how in history])

    histories: list = []
    play()
    for history in histories:
        assert await problems(persons(connections), history) == [], history


async def test_a_number_as_the_key_would_be_found(connections):
    """The check fails where a recycled number leads into the earlier holder's conversation."""
    assert await problems(persons(connections), RECYCLED) == []
    found = await problems(persons(connections, ByNumber), RECYCLED)
    assert [problem for problem in found if "several people" in problem]


async def test_a_missing_memory_of_messages_would_be_found(connections):
    """A message was faster than the notice of its new id, and comes again after it."""
    history = [(0, 0, 0), (3, 0, 6), (0, 0, 0), (4, 0, 0), (5, 0, 1)]
    assert await problems(persons(connections), history) == []
    found = await problems(persons(connections, WithoutMemory), history)
    assert "wamid.3 came again and went elsewhere" in found
