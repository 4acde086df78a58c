"""Durable delivery: the inbox, the outbox and the worker between them (docs/delivery.md)."""

from lola.delivery._mailbox import Ready
from lola.delivery.ledger import Ledger, Limits, OnPoison, Outcome
from lola.delivery.letters import DeadLetter, Malformed
from lola.delivery.model import (
    Author,
    Courier,
    Effects,
    Enqueued,
    Envelope,
    OutboxRow,
    Owner,
    Ownership,
    Reply,
    TurnHandler,
    Work,
)
from lola.delivery.outbox import Outbox
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
    "TurnHandler",
    "Work",
    "Worker",
]
