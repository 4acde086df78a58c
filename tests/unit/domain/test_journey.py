"""The steps of a transfer's journey that a turn made."""

from dataclasses import replace

import pytest

from lola.domain.journey import is_approved, steps_of
from lola.domain.session import Session
from tests.support import NOW, draft, ticket, turn

EMPTY = turn("hola").session
HEARD = EMPTY.evolve(heard_at=NOW)
SHOWN = HEARD.evolve(draft=draft())
CONFIRMED = HEARD.evolve(draft=draft().confirmed_by("m1", NOW))
LINKED = HEARD.evolve(tickets=(ticket(status="link_sent"),))
APPROVED = HEARD.evolve(tickets=(ticket(status="approved"),))
SETTLED = HEARD.evolve(tickets=(ticket(status="settled"),))


@pytest.mark.parametrize(
    ("before", "after", "steps"),
    [
        (EMPTY, HEARD, ("started",)),
        (HEARD, HEARD, ()),
        (EMPTY, SHOWN, ("started", "quoted")),
        (SHOWN, SHOWN, ()),
        (SHOWN, CONFIRMED, ("confirmed",)),
        (CONFIRMED, LINKED, ("linked",)),
        (SHOWN, LINKED, ("confirmed", "linked")),
        (LINKED, LINKED, ()),
        (LINKED, APPROVED, ("approved",)),
        (APPROVED, SETTLED, ()),
    ],
    ids=lambda value: "+".join(value) or "nothing" if isinstance(value, tuple) else "",
)
def test_steps_between_two_sessions(before: Session, after: Session, steps: tuple[str, ...]):
    """Each step is counted once, in the turn that made it, also when one turn makes two."""
    assert steps_of(before, after, is_new=before is EMPTY, escalated=False) == steps


def test_a_called_person_is_a_step():
    """It may be made at any time, beside the others."""
    assert steps_of(EMPTY, HEARD, is_new=True, escalated=True) == ("started", "person")
    assert steps_of(EMPTY, EMPTY, is_new=True, escalated=False) == ()


def test_a_second_transfer_is_approved_by_itself():
    """An older approved transfer neither counts again nor hides the new one."""
    old = replace(ticket(status="approved"), id="T-old")
    assert not is_approved(APPROVED, APPROVED.evolve(tickets=(*APPROVED.tickets,)))
    assert is_approved(
        HEARD.evolve(tickets=(old, *LINKED.tickets)), HEARD.evolve(tickets=(old, *APPROVED.tickets))
    )
