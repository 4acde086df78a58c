"""Prepares an expired or failed transfer again: same terms, new quote, new confirmation."""

from lola.domain.messages import ChoiceContent, Option, TextContent
from lola.domain.transfer import Ticket
from lola.domain.turn import Turn
from lola.money.tickets import RENEWABLE
from lola.text import assent
from lola.text.wording import Wording

PREFIX = "ticket:renew:"


def renewal_option(ticket: Ticket, wording: Wording, language: str) -> Option:
    """Return the button that is offered when a link expired or a payment failed."""
    return Option(id=f"{PREFIX}{ticket.id}", title=wording("money.renew", language))


def renewed_ticket(turn: Turn) -> Ticket | None:
    """Return the ticket whose transfer the sender wants prepared again, or None.

    A plain yes counts only while this is the only option on offer and no other transfer is open.
    """
    offered = [option.id for option in turn.session.offered]
    match turn.last.content:
        case ChoiceContent(id=id) if id.startswith(PREFIX):
            wanted = id
        case TextContent(text=text) if assent.read(text) == "yes" and len(offered) == 1:
            wanted = offered[0]
        case _:
            return None
    ticket = turn.session.ticket(wanted.removeprefix(PREFIX))
    if ticket is None or ticket.status not in RENEWABLE or turn.session.draft is not None:
        return None
    return ticket if ticket.terms is not None else None
