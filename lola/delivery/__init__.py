"""Durable delivery: the inbox, the outbox and the worker between them (docs/delivery.md)."""

from lola.delivery._mailbox import Ready
from lola.delivery.ledger import Ledger, OnPoison
from lola.delivery.letters import DeadLetter, Malformed
from lola.delivery.model import (
    Author,
    Courier,
    Effects,
    Enqueued,
    Envelope,
    Limits,
    OutboxRow,
    Outcome,
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
    "Courier",
    "DeadLetter",
    "Effects",
    "Enqueued",
    "Envelope",
    "Ledger",
    "Limits",
    "Malformed",
    "OnPoison",
    "Outbox",
    "OutboxRow",
    "Outcome",
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
