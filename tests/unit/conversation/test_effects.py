"""How long a conversation's state is kept: as long as something may still be told."""

from datetime import timedelta

import pytest

from lola.conversation.effects import NEWS_LIFE, effects_of
from lola.conversation.result import no_reply
from lola.domain.messages import EventContent
from lola.domain.work import Envelope
from tests.support import NOW, inbound, ticket, turn, work


def life_of(said="hola", **session):
    said = inbound(said)
    envelope = Envelope(seq=1, attempts=0, accepted_at=NOW, trace_id="t", inbound=said)
    about = turn(said, work=work(envelope))
    about = about.evolve(session=about.session.evolve(**session))
    effects = effects_of(
        about.session,
        no_reply(about, "event"),
        milliseconds=1,
        patience=timedelta(minutes=15),
        fingerprint=str,
    )
    return effects.state_life


@pytest.mark.parametrize("status", ["link_sent", "opened", "approved", "unsure"])
def test_a_transfer_that_goes_on_keeps_the_state(status):
    """Its end comes by an event that finds the sender only through the state."""
    assert life_of(tickets=(ticket(status=status),)) == NEWS_LIFE


@pytest.mark.parametrize("status", ["settled", "cancelled", "failed", "expired"])
def test_one_that_is_over_does_not(status):
    """Nothing more is told about it."""
    assert life_of(tickets=(ticket(status=status),)) == timedelta()


def test_an_old_transfer_does_not_keep_it_for_ever():
    """Most partners never report that money was paid out."""
    old = ticket(status="approved", created_at=NOW - NEWS_LIFE)
    assert life_of(tickets=(old,)) == timedelta()


def test_news_that_waits_keeps_the_state():
    """It is told first when the sender writes, be it days later."""
    event = EventContent(name="delivery.owed")
    assert life_of(event) == timedelta()
    assert life_of(event, deferred=({"message": {"type": "text"}},)) == NEWS_LIFE
