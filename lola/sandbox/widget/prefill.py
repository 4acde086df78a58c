"""Completes the steps that the bank or the chat already settled, before the first page.

A sender whom PayHub has verified is not identified again and finds their saved cards. A payout that
was confirmed in the chat is not asked for again.
"""

from lola.sandbox.m2m import Platform
from lola.sandbox.payhub.senders import SenderDirectory
from lola.sandbox.widget.forms import cash
from lola.sandbox.widget.visit import Visit

VERIFIED = "passed"
CARD = "DebitCard"


def prefill(visit: Visit, platform: Platform, senders: SenderDirectory) -> None:
    """Save what is known already. A second call changes nothing."""
    link = visit.link
    details = visit.details
    if details and details.payout and platform.wallet.payout_of(link) is None:
        # Only the payout's display text is known here, which is enough for a stand-in.
        platform.customer.add_payout(link, cash(details.payout, link.link_id))
    sender = senders.find_by_reference(link.reference_id)
    user = platform.users.get(link.user_id)
    if sender is None or sender["verdict"] != VERIFIED or user.state == "cip_verified":
        return
    platform.users.set_state(user.user_id, "cip_verified")
    for source in sender["sources"]:
        if source["type"] == CARD:
            platform.wallet.add_card(
                user.user_id,
                token=source["number"],
                brand=source["cardNetwork"],
                last_four=source["number"][-4:],
            )
