"""Opening a turn: from leased work to the immutable context that the stages pass on."""

from datetime import datetime

from lola.conversation.choices import resolve_choice
from lola.conversation.halves import without_halves
from lola.domain.messages import Address
from lola.domain.session import Session, session_from_json
from lola.domain.turn import Turn
from lola.domain.work import Work
from lola.safety.input.accounts import ACCOUNT

NAME_LIMIT = 60


def open_turn(work: Work, now: datetime, default_language: str) -> Turn:
    """Build the turn. Raises pydantic's ValidationError when the state is not a session."""
    work, rewritten = without_halves(work)
    newest = work.envelopes[-1]
    session = (
        session_from_json(work.state)
        if work.state
        else Session(address=newest.inbound.address, started_at=now)
    )
    session = session.evolve(address=_address(work, session))
    name = next((e.inbound.profile_name for e in work.envelopes if e.inbound.profile_name), "")
    if name and name != session.profile_name:
        session = session.evolve(profile_name=name[:NAME_LIMIT])
    session = session.with_accounts(
        value for e in work.envelopes for value in e.inbound.sealed if value.kind == ACCOUNT
    )
    session = session.evolve(heard_at=_written_at(work) or session.heard_at)
    return Turn(
        conversation=work.conversation,
        inbound=tuple(resolve_choice(e.inbound, session.offered) for e in work.envelopes),
        session=session,
        work=work,
        rewritten=rewritten,
        now=now,
        accepted_at=work.envelopes[0].accepted_at,
        trace_id=newest.trace_id,
        phone=session.address.phone,
        language=session.language or default_language,
    )


def _address(work: Work, session: Session) -> Address:
    """Return where the sender is reached now, with the number that the channel vouches for.

    Where a channel tells two ids, each message says what holds of both; elsewhere a number that was
    proved once stays.
    """
    told = [e.inbound.address for e in work.envelopes if not e.inbound.is_event]
    if told and told[-1].person:
        return told[-1]
    proved = next((e.inbound.address for e in work.envelopes if e.inbound.address.phone), None)
    return proved if session.address.phone is None and proved is not None else session.address


def _written_at(work: Work) -> datetime | None:
    """Return when the sender wrote the newest; a provider's clock may be late, never early."""
    moments = (
        min(envelope.inbound.sent_at or envelope.accepted_at, envelope.accepted_at)
        for envelope in work.envelopes
        if not envelope.inbound.is_event
    )
    return max(moments, default=None)
