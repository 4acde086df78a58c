"""The stored form of a session, and the form of the version before (`lola.domain.session`)."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from lola.conversation.deferred import deferred_replies
from lola.domain.session import SCHEMA, Session, session_from_json, session_to_json
from tests.support import ADDRESS, NOW, draft, ticket

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def stored():
    """A session as the version before this one wrote it, with everything it could hold."""
    return json.loads((SAMPLES / "session_1.json").read_text())


def test_a_session_of_schema_1_keeps_everything_it_held(stored):
    """A conversation that was going on during an upgrade goes on."""
    session = session_from_json(stored)
    assert session.schema == SCHEMA
    assert session.address == ADDRESS
    assert (session.language, session.language_fixed, session.profile_name) == ("es", True, "Ana")
    assert session.draft == draft().confirmed_by("wamid.9", NOW)
    assert session.tickets == (
        ticket(),
        ticket(id="tk_2", status="settled", operation_id="op-1", terms=None),
    )
    assert [option.title for option in session.offered] == ["Confirmar", "Cancelar"]
    assert session.heard_at == NOW


def test_the_loose_facts_of_schema_1_are_read_as_fields(stored):
    """No sender is asked again what they were asked before the upgrade."""
    session = session_from_json(stored)
    assert session.consent_asked is True
    assert session.consent_resume_asked is True
    assert session.number_asked is True
    assert session.number_thanked is True
    assert session.waiting_told_at == NOW - timedelta(minutes=3)


def test_the_proposal_of_schema_1_still_waits_for_the_senders_yes(stored):
    """Its buttons are in the chat already: kind, terms, seal and time are what they were."""
    proposal = stored["facts"]["proposal"]
    approval = session_from_json(stored).approval
    assert (approval.kind, approval.terms) == (proposal["kind"], proposal["terms"])
    assert (approval.id, approval.digest) == ("", proposal["seal"])
    assert approval.shown_at == datetime.fromisoformat(proposal["shown_at"])
    assert approval.is_intact()


def test_the_deferred_replies_of_schema_1_are_still_sent(stored):
    """What the version before called `owed` is said when the sender writes again."""
    replies = deferred_replies(session_from_json(stored), NOW)
    assert [(reply.message.content, reply.author, reply.money) for reply in replies] == [
        ("Su envío llegó.", "code", True),
        ("Hola, soy Luis.", "staff", False),
    ]


def test_a_session_of_schema_1_without_facts_has_been_asked_nothing(stored):
    """A missing key means that it did not happen."""
    del stored["facts"], stored["owed"]
    session = session_from_json(stored)
    assert session.consent_asked is False
    assert session.waiting_told_at is None
    assert session.deferred == ()
    assert session.approval is None


def test_a_stored_session_is_read_as_it_was(stored):
    """Writing and reading again changes nothing, and no old key is written any more."""
    session = session_from_json(stored)
    written = json.loads(json.dumps(session_to_json(session)))
    assert session_from_json(written) == session
    assert not {"owed", "facts"} & set(written)
    assert not {"seal"} & set(written["approval"])
    assert "shown_in" not in written["draft"]


def test_what_is_no_session_is_refused():
    """A broken state is an error and never an empty session."""
    with pytest.raises(ValidationError):
        session_from_json({"schema": 1, "facts": {}})


def test_a_session_keeps_its_ten_newest_tickets():
    """A long conversation does not grow without end."""
    session = Session(address=ADDRESS, started_at=NOW)
    for number in range(12):
        session = session.with_ticket(ticket(id=f"tk_{number}"))
    assert [one.id for one in session.tickets] == [f"tk_{number}" for number in range(2, 12)]
