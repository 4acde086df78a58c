"""The one step that every change of an enrolment takes: the new state and its audit record."""

from dataclasses import replace

from lola.domain.enrolment import Enrolment, EnrolmentStatus
from lola.domain.messages import JsonObject
from lola.domain.turn import Turn


def with_status(turn: Turn, enrolment: Enrolment, status: EnrolmentStatus, event: str) -> Turn:
    """Return the turn with the enrolment in a state, and its audit record."""
    record: JsonObject = {
        "ticket": enrolment.id,
        "event": event,
        "purpose": enrolment.purpose,
        "from": enrolment.status,
        "to": status,
    }
    session = turn.session.with_enrolment(replace(enrolment, status=status))
    return turn.evolve(session=session, audit=(*turn.audit, record))
