"""The shipped callback handlers: the result of a transfer, of an identity check, of a new card.

A bank lists its own module after this one in CALLBACKS to replace a handler or to add one. The
verdict is the bank's identity service's; nothing is decided here, and the sender's next message is
routed by a new look-up of their identity (reference/lola.md 14).
"""

from typing import Literal

from lola.money.callbacks import Callback, CallbackBody, Reference, Report, callback
from lola.money.tickets import ADD_CARD, APPROVE, POL_VALIDATE, TicketEvent

IDENTITY: dict[str, TicketEvent] = {
    "passed": "identity_passed",
    "verified": "identity_passed",
    "pending": "identity_pending",
    "failed": "identity_failed",
    "blocked": "identity_failed",
}
"""The verdicts of reference/lola.md 14 and reference/m2m.md 9.2. Any other one is asked for again,
and kept for operators."""


class SendBody(CallbackBody):
    """A transfer's result, with the operation that the partner registered if it is given."""

    operation_id: Reference = ""


class VerdictBody(CallbackBody):
    """An identity check's verdict (reference/lola.md 14)."""

    verdict: Literal["passed", "verified", "pending", "failed", "blocked"] = "passed"


@callback(operation="send", action=APPROVE)
async def process_send_call_back(_: Callback, body: SendBody) -> Report:
    """Report that the sender approved the transfer on the secure page."""
    return Report(event="approved", operation_id=body.operation_id)


@callback(operation="send", action=APPROVE)
async def process_send_failure(_: Callback, _body: CallbackBody) -> Report:
    """Report that the payment was declined or could not be made."""
    return Report(event="payment_failed")


@callback(operation="identity", action=POL_VALIDATE)
async def process_cip_success(_: Callback, body: VerdictBody) -> Report:
    """Report the verdict of the identity check."""
    return Report(event=IDENTITY[body.verdict])


@callback(operation="identity", action=POL_VALIDATE)
async def process_cip_failure(_: Callback, _body: CallbackBody) -> Report:
    """Report that the identity check failed."""
    return Report(event="identity_failed")


@callback(operation="card", action=ADD_CARD)
async def process_card_added(_: Callback, _body: CallbackBody) -> Report:
    """Report that the vault took a new card. Its number, and what stands for it, are not read."""
    return Report(event="card_added")


CALLBACKS = (
    process_send_call_back,
    process_send_failure,
    process_cip_success,
    process_cip_failure,
    process_card_added,
)
