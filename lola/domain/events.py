"""Names of the events that enter a conversation's inbox, each with what it reports.

Stored messages and timers hold these values: a name that was released keeps its value.
"""

CONSOLE_REPLY = "console.reply"
"""Staff wrote to the sender."""
CONSOLE_HANDBACK = "console.handback"
"""Staff gave the conversation back to the bot."""

DELIVERY_LOST = "delivery.lost"
"""A message about money was sent with an unknown outcome."""
DELIVERY_REFUSED = "delivery.refused"
"""A message was refused for good."""
DELIVERY_DEFERRED = "delivery.owed"
"""A template went out because the reply window was closed; the reply itself is deferred."""

HANDOFF_LATE = "timer.handoff.late"
"""A sender has waited too long for a person."""
TICKET_EXPIRED = "timer.ticket.expired"
"""The time of a secure link is over."""
TICKET_CHECK = "timer.ticket.check"
"""The partner could not say what became of a ticket; it is asked again."""
TICKET_NUDGE = "timer.ticket.nudge"
"""A secure link expires soon and was not opened."""

SENDER_CHANGED = "sender.changed"
"""The channel says that another person or device may be behind the address."""

LINK_OPENED = "m2m.link.opened"
"""The sender opened the secure link."""
OPERATION_CREATED = "m2m.operation.created"
"""The sender approved the transfer on the secure page."""
OPERATION_CANCELLED = "m2m.operation.cancelled"
"""The transfer was cancelled at the partner."""
OPERATION_COMPLETED = "m2m.operation.completed"
"""The transfer arrived."""
OPERATION_FAILED = "m2m.operation.failed"
"""The transfer failed after its approval."""
OPERATION_ON_HOLD = "m2m.operation.on_hold"
"""The transfer was stopped for a review."""
OPERATION_PROCESSING = "m2m.operation.processing"
"""The transfer moves on."""
OPERATION_OTHER = "m2m.operation.other"
"""The partner reports something about a transfer that this version does not know."""
DATA_REQUEST = "m2m.user.data_request"
"""The partner asks for data about the sender."""

CALLBACK_PREFIX = "callback."
"""Begins the name of every report of the secure page; the handler's name follows."""

RECONCILER = "reconciler"
"""The value of `by` in an event that the reconciler found and no webhook reported."""
