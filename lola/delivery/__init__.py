"""Durable delivery: the inbox, the outbox and the worker between them (docs/delivery.md)."""

from lola.delivery._mailbox import Ready
from lola.delivery.dead_letters import DeadLetter, Malformed
from lola.delivery.inbox import Inbox, OnPoison
from lola.delivery.model import (
    Author,
    CommitStatus,
    Courier,
    Effects,
    Enqueued,
    Envelope,
    Limits,
    OutboxRow,
    Owner,
    Ownership,
    Reply,
    Timer,
    TurnHandler,
    Work,
)
from lola.delivery.outbox import Outbox
from lola.delivery.reports import Reports
from lola.delivery.worker import Worker

__all__ = [
    "Author",
    "CommitStatus",
    "Courier",
    "DeadLetter",
    "Effects",
    "Enqueued",
    "Envelope",
    "Inbox",
    "Limits",
    "Malformed",
    "OnPoison",
    "Outbox",
    "OutboxRow",
    "Owner",
    "Ownership",
    "Ready",
    "Reply",
    "Reports",
    "Timer",
    "TurnHandler",
    "Work",
    "Worker",
]
