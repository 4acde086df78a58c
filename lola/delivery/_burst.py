"""Selects the waiting messages that make one turn, and computes the quiet period."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from lola.delivery import _wire
from lola.delivery.model import Envelope

_MAX_QUIETS = 5


def oldest_burst(entries: Sequence[str], max_attempts: int) -> tuple[Envelope, ...]:
    """Return the oldest messages that make one turn; empty when the very first is unreadable.

    An event is a turn of its own. So is a message on its last attempt: if it is the poison, only
    it becomes a dead letter.
    """
    burst: list[Envelope] = []
    for raw in entries:
        try:
            envelope = _wire.envelope_from(raw)
        except _wire.UnreadableError:
            break
        if burst and envelope.inbound.is_event:
            break
        burst.append(envelope)
        is_last_try = 0 < envelope.attempts >= max_attempts - 1
        if envelope.inbound.is_event or is_last_try:
            break
    return tuple(burst)


def still_writing(
    burst: tuple[Envelope, ...], debounce: float | Mapping[str, float], now: datetime
) -> float:
    """Return the seconds that are left of the quiet period; 0 when it is over.

    `debounce` is its length, or its length by channel; a channel that is not named waits for none.
    """
    head = burst[0]
    quiet = debounce
    if isinstance(quiet, Mapping):
        quiet = quiet.get(head.inbound.address.channel, 0.0)
    if not quiet or head.inbound.is_event or head.attempts:
        return 0.0
    latest = head.accepted_at + timedelta(seconds=_MAX_QUIETS * quiet)
    due = min(burst[-1].accepted_at + timedelta(seconds=quiet), latest)
    left = (due - now).total_seconds()
    # Longer than any quiet period, also between clocks that differ: the clock was set back since.
    return left if 0 < left <= 2 * quiet else 0.0
