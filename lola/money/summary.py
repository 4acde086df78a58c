"""The summary to confirm and the message with a link, written by code from the quote.

The figures that a sender approves never come from a model (reference/lola.md 17).
"""

from datetime import datetime

from lola.domain.messages import ButtonsMessage, LinkMessage, LinkTarget
from lola.domain.transfer import Draft, Terms, Ticket
from lola.money.approvals import options_for
from lola.money.money_format import money_text, rate_text
from lola.safety.input.accounts import last_four_of
from lola.text.countries import country_name
from lola.text.phone_numbers import readable
from lola.text.wording import Wording


def summary_message(
    draft: Draft, wording: Wording, language: str, *, now: datetime, requoted: bool = False
) -> ButtonsMessage:
    """Render a draft with the buttons confirm, modify and cancel."""
    quote = draft.quote
    text = wording(
        "money.summary",
        language,
        recipient=draft.terms.recipient_name,
        country=country_name(draft.terms.country, language),
        payout=_paid_to(draft.terms, wording, language),
        send=money_text(quote.send),
        fee=money_text(quote.fee),
        total=money_text(quote.total),
        rate=rate_text(quote),
        receive=money_text(quote.receive),
        minutes=minutes_left(draft, now),
    )
    if requoted:
        text = f"{wording('money.requoted', language)}\n\n{text}"
    return ButtonsMessage(content=text, options=options_for(draft.approval, wording, language))


def link_message(
    ticket: Ticket, wording: Wording, language: str, *, now: datetime, key: str = "money.link"
) -> LinkMessage:
    """Render the secure link of a ticket, with the text of `key`."""
    return LinkMessage(
        content=wording(
            key,
            language,
            recipient=ticket.recipient_name,
            receive=money_text(ticket.receive),
            minutes=link_minutes(ticket, now),
        ),
        links=(LinkTarget(text=wording("money.link_button", language), url=ticket.short_url),),
    )


def link_minutes(ticket: Ticket, now: datetime) -> int:
    """Return the minutes that a ticket's link is still valid for, at least one."""
    return max(1, round((ticket.expires_at - now).total_seconds() / 60))


def payout_text(terms: Terms, wording: Wording, language: str) -> str:
    """Return `🏦 Depósito a cuenta · BBVA · ••••1234`: method, payer, masked account.

    An account whose bank is not known says so.
    """
    parts = [wording(f"money.payout_{terms.payout_method}", language)]
    if terms.payer_name:
        parts.append(terms.payer_name)
    elif terms.payout_method == "bank_account":
        parts.append(wording("money.bank_unknown", language))
    if terms.account:
        parts.append(account_text(terms))
    return " · ".join(parts)


def account_text(terms: Terms) -> str:
    """Return the last four characters of the account as people read them; "" without one."""
    return f"••••{last_four_of(terms.account) or terms.account[-4:]}" if terms.account else ""


def _paid_to(terms: Terms, wording: Wording, language: str) -> str:
    """Return the payout with the number that a wallet pays to, for the sender's eyes only."""
    payout = payout_text(terms, wording, language)
    if terms.payout_method != "mobile_wallet" or not terms.recipient_phone:
        return payout
    return f"{payout} · {readable(terms.recipient_phone)}"


def minutes_left(draft: Draft, now: datetime) -> int:
    """Return the whole minutes that the quote is still valid for; never below zero."""
    return max(0, int((draft.quote.expires_at - now).total_seconds() // 60))
