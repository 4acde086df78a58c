"""The steps of a link's pages: all of them, and the current one. Changes nothing.

The platform decides what has to be done (`Customer.where`); the pages divide its identity step into
document scan and liveness test.
"""

from typing import Literal, get_args

from lola.sandbox.m2m import Link, Platform

Step = Literal["data", "scan", "liveness", "payout", "card", "review"]
STEPS: tuple[Step, ...] = get_args(Step)
Place = Step | Literal["identity_pending", "identity_failed", "done"]
"""A step, or a state in which the sender can only wait or return to the chat."""


def current_step(platform: Platform, link: Link) -> Place:
    """Return the step or state that the sender is in."""
    where = platform.customer.where(link)
    if where != "identity":
        return where
    if platform.users.get(link.user_id).state == "cip_failed":
        return "identity_failed"
    ticket = platform.cip.newest(link)
    if ticket is None or ticket.scanned_at is None:
        return "scan"
    return "liveness" if ticket.liveness_at is None else "identity_pending"


def plan(platform: Platform, link: Link) -> tuple[Step, ...]:
    """Return all steps of this link, done or not; the same on every page."""
    steps: list[Step] = []
    user = platform.users.get(link.user_id)
    is_identified_here = platform.cip.newest(link) is not None
    if user.state != "cip_verified" or is_identified_here:
        typed = "widget" in platform.users.sources(user.user_id).values()
        steps += ["data"] if typed or platform.customer.missing(link) else []
        steps += ["scan", "liveness"]
    if link.purpose:
        return (*steps, "card") if link.purpose == "add_card" else tuple(steps)
    if link.payout_id is None and platform.wallet.payout_of(link) is None:
        steps.append("payout")
    return (*steps, "card", "review")
