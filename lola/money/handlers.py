"""The handlers that come with the service: the transfer's result and the identity check's.

A bank lists its own module behind this one in CALLBACKS to replace a handler or to add one.
Verdicts are the bank's identity service's: nothing is judged in here, and the next message of the
sender is routed by a fresh look at their identity anyway (reference/lola.md 14).
"""

from typing import Literal

from lola.money.callbacks import Callback, CallbackBody, Reference, Report, callback
from lola.money.tickets import APPROVE, POL_VALIDATE, TicketEvent

IDENTITY: dict[str, TicketEvent] = {"passed": "identity_passed", "pending": "identity_pending"}


class SendBody(CallbackBody):
    """The transfer's result: the operation that the partner registered, where it says so."""

    operation_id: Reference = ""


class VerdictBody(CallbackBody):
    """The identity check's verdict (reference/lola.md 14)."""

    verdict: Literal["passed", "pending"] = "passed"


@callback(operation="send", action=APPROVE)
async def process_send_call_back(_: Callback, body: SendBody) -> Report:
    """The sender approved the transfer on the secure page."""
    return Report(event="approved", operation_id=body.operation_id)


@callback(operation="send", action=APPROVE)
async def process_send_failure(_: Callback, _body: CallbackBody) -> Report:
    """The payment was declined or could not be made."""
    return Report(event="payment_failed")


@callback(operation="identity", action=POL_VALIDATE)
async def process_cip_success(_: Callback, body: VerdictBody) -> Report:
    """The identity check is through, or waits for a decision."""
    return Report(event=IDENTITY[body.verdict])


@callback(operation="identity", action=POL_VALIDATE)
async def process_cip_failure(_: Callback, _body: CallbackBody) -> Report:
    """The identity check failed."""
    return Report(event="identity_failed")


CALLBACKS = (
    process_send_call_back,
    process_send_failure,
    process_cip_success,
    process_cip_failure,
)
