"""Waiting with a deadline."""

import pytest

from lola.testing.waiting import until


async def test_it_answers_the_first_true_thing():
    """Asked until there is something."""
    answers = iter((None, [], "there"))

    async def look():
        return next(answers)

    assert await until(look) == "there"


async def test_it_gives_up_at_its_deadline():
    """What never comes is an error, not a hanging test."""

    async def look():
        return None

    with pytest.raises(TimeoutError):
        await until(look, seconds=0.01)
