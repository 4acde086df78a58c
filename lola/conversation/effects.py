"""From the result of a turn to the effects that are committed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from lola.conversation.audit import turn_record
from lola.conversation.deadlines import deadlines
from lola.conversation.deferred import deferred_replies
from lola.conversation.history import record_of
from lola.conversation.result import TurnResult
from lola.conversation.stages.consent import ROUTE as CONSENT
from lola.delivery.model import Effects, Reply
from lola.domain.case_line import CaseLine
from lola.domain.enrolment import OPEN, EnrolmentStatus
from lola.domain.journey import is_approved
from lola.domain.messages import Option
from lola.domain.session import Session, session_to_json
from lola.domain.transfer import TicketStatus
from lola.money.links import KEEP as NEWS_LIFE
from lola.money.tickets import USABLE

AWAITING: frozenset[TicketStatus] = USABLE | {"approved", "unsure"}
PENDING: frozenset[EnrolmentStatus] = OPEN | {"in_review"}


def effects_of(
    before: Session,
    result: TurnResult,
    *,
    milliseconds: int,
    patience: timedelta,
    fingerprint: Callable[[str], str],
) -> Effects:
    """Return what to commit. `before` is the session that the turn began with.

    `patience` is how long a sender waits for a person before they get an apology. `fingerprint`
    makes keyed digests for the audit trail.
    """
    turn, session = result.turn, result.turn.session
    # Deferred replies stay deferred while the sender is opted out.
    waits = turn.last.is_event or result.route == CONSENT
    deferred = () if waits else deferred_replies(session, turn.now)
    if deferred:
        session = session.evolve(deferred=())
    if result.messages:
        session = session.evolve(offered=_offered(result))
    due = deadlines(before, result, patience)
    replies = (
        Reply(
            message=message,
            author=result.author,
            money=result.money,
            valid_until=due.valid_until,
        )
        for message in result.messages
    )
    return Effects(
        address=session.address,
        state=session_to_json(session),
        record=record_of(turn.work, result, milliseconds=milliseconds, ahead=len(deferred)),
        replies=(*deferred, *replies),
        escalate=result.escalate,
        timers=due.timers,
        audit=(turn_record(result, fingerprint), *turn.audit),
        rewritten=turn.rewritten,
        cancelled_timers=due.cancelled,
        language=turn.language,
        heard_at=session.heard_at,
        state_life=NEWS_LIFE if _awaits_news(session, turn.now) else timedelta(),
        route=result.route,
        ends_transfer=is_approved(before, session),
        line=CaseLine.of(session).to_json(),
    )


def _awaits_news(session: Session, now: datetime) -> bool:
    """Return whether something may still be told, so that the state outlasts a silent sender."""
    tickets = (one.created_at for one in session.tickets if one.status in AWAITING)
    enrolments = (one.created_at for one in session.enrolments if one.status in PENDING)
    return bool(session.deferred) or any(
        now - created < NEWS_LIFE for created in (*tickets, *enrolments)
    )


def _offered(result: TurnResult) -> tuple[Option, ...]:
    """Return the options of the last message that has any."""
    return next(
        (
            options
            for message in reversed(result.messages)
            if (options := getattr(message, "options", ()))
        ),
        (),
    )
