"""Durable delivery: the inbox, the outbox and the worker between them (docs/delivery.md)."""

from lola.delivery._mailbox import Ready
from lola.delivery.dead_letters import DeadLetter, DeadLetters, Malformed, MalformedWebhooks
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
from lola.delivery.ownership import OwnershipStore
from lola.delivery.reports import Reports
from lola.delivery.row_statuses import RowStatuses
from lola.delivery.timers import Timers
from lola.delivery.worker import Worker

__all__ = [
    "Author",
    "CommitStatus",
    "Courier",
    "DeadLetter",
    "DeadLetters",
    "Effects",
    "Enqueued",
    "Envelope",
    "Inbox",
    "Limits",
    "Malformed",
    "MalformedWebhooks",
    "OnPoison",
    "Outbox",
    "OutboxRow",
    "Owner",
    "Ownership",
    "OwnershipStore",
    "Ready",
    "Reply",
    "Reports",
    "RowStatuses",
    "Timer",
    "Timers",
    "TurnHandler",
    "Work",
    "Worker",
]
