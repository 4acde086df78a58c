"""The money invariants, judged from what the sender saw, what was committed and the partner has."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lola.domain.transfer import Money
from lola.money.money_format import money_text
from lola.partners.m2m import LinkStatus
from lola.testing.harness import Harness
from lola.testing.scenarios import Scenario
from lola.testing.simulated_sender import TurnReport
from lola.text.folding import fold
from tests.mistakes.mistakes import CARD

if TYPE_CHECKING:
    from tests.mistakes.play import Conversation

AGREES = frozenset(
    {"confirmar", "confirm", "confirmo", "si", "sí", "yes", "yeah", "yes confirm", "si, confirmo"}
)
"""What the simulated senders write or tap to agree."""
QUIET = frozenset({"waiting", "human"})
"""Routes of a sender who was told that a person will answer: the bot does not write meanwhile."""
_URL = re.compile(r"https?://[^\s)>]+")
_LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken rule. `what` says where."""

    rule: str
    what: str


def wants(scenario: Scenario, state: dict[str, Any]) -> bool:
    """Return whether the open summary is about what the sender wants."""
    wanted = scenario.reach and scenario.reach.transfer
    if wanted is None:
        return True
    terms, quote = state["draft"]["terms"], state["draft"]["quote"]
    name = f"{terms['recipient_first_name']} {terms['recipient_last_name']}".strip()
    pairs = (
        (wanted.country, terms["country"]),
        (wanted.payout_method, terms["payout_method"]),
        (wanted.send, _amount(quote["send"])),
        (wanted.receive, _amount(quote["receive"])),
        (wanted.recipient, name),
        (wanted.payer, terms["payer_name"]),
    )
    return all(want is None or fold(want) == fold(str(have)) for want, have in pairs)


def judge_turn(
    text: str,
    report: TurnReport,
    earlier: Sequence[TurnReport],
    facts: Sequence[str],
    forbidden: Sequence[str],
) -> Iterator[Violation]:
    """Yield what one turn broke. `forbidden` are the wrong sentences that the model made so far."""
    for fact in facts:
        yield Violation(rule="fact", what=fact)
    if not report.replies and report.route not in QUIET:
        yield Violation(rule="silence", what=text)
    yield from _tickets(text, report, earlier)
    shown = [reply.text for reply in report.replies]
    yield from (
        Violation(rule="doubled", what=one) for one, times in Counter(shown).items() if times > 1
    )
    said = _letters("\n".join(shown))
    for sentence in forbidden:
        if _letters(sentence) in said:
            yield Violation(rule="said", what=sentence)
    yield from _links(report)
    if CARD in json.dumps(report.record) + json.dumps(report.state):
        yield Violation(rule="card", what="a card number was stored")


def _tickets(text: str, report: TurnReport, earlier: Sequence[TurnReport]) -> Iterator[Violation]:
    """Yield what is wrong with a new ticket: nobody agreed, or to something else."""
    before = earlier[-1].state if earlier else {}
    known = {ticket["id"] for ticket in before.get("tickets", ())}
    new = [one for one in report.state.get("tickets", ()) if one["id"] not in known]
    if len(new) > 1:
        yield Violation(rule="doubled", what="two tickets in one turn")
    for ticket in new:
        if fold(text).rstrip(".!") not in AGREES:
            yield Violation(rule="unconfirmed", what=text)
        summary = _last_summary(earlier)
        for fact in _facts(ticket):
            if fact not in summary:
                yield Violation(rule="other facts", what=fact)


def _last_summary(earlier: Sequence[TurnReport]) -> str:
    """Return the newest text that asked for a confirmation, if it was the last thing shown."""
    for turn in reversed(earlier[-3:]):
        for reply in reversed(turn.replies):
            if {fold(title) for _, title in reply.options} & AGREES:
                return reply.text
    return ""


def _facts(ticket: dict[str, Any]) -> Iterator[str]:
    terms = ticket.get("terms") or {}
    yield ticket["recipient_name"]
    yield money_text(_money(ticket["send"]))
    yield money_text(_money(ticket["receive"]))
    if terms.get("payer_name"):
        yield terms["payer_name"]
    if terms.get("account"):
        # It is stored masked or sealed; people read its end.
        yield re.sub(r"\W", "", terms["account"])[-4:]


def _links(report: TurnReport) -> Iterator[Violation]:
    """Yield addresses that are not a link of this sender, and a link that was given twice."""
    own = {ticket["short_url"] for ticket in report.state.get("tickets", ())}
    own |= {one["short_url"] for one in report.state.get("enrolments", ())}
    shown = [
        url
        for reply in report.replies
        for url in (*_URL.findall(reply.text), *(url for _, url in reply.links))
    ]
    for url in sorted(set(shown) - own):
        yield Violation(rule="foreign link", what=url)
    if len(shown) > len(set(shown)):
        yield Violation(rule="doubled", what="one link twice in a turn")


async def judge_partner(harness: Harness, played: Sequence["Conversation"]) -> None:
    """Compare the partner's links with the tickets: one link each, one that is open per sender."""
    m2m = harness.service.m2m
    links = [await m2m.get_link(item.link_id) async for item in m2m.list_links()]
    made = Counter(str((link.metadata or {}).get("ticketId")) for link in links)
    open_now = Counter(link.reference_id for link in links if link.status is not LinkStatus.REVOKED)
    for conversation in played:
        for ticket in sorted(conversation.tickets):
            if made.pop(ticket, 0) != 1:
                conversation.violations.append(Violation(rule="links", what=ticket))
    stray = [Violation(rule="links", what=f"{ticket} of nobody") for ticket in made]
    stray += [
        Violation(rule="links", what="two open links of one sender")
        for count in open_now.values()
        if count > 1
    ]
    played[0].violations.extend(stray)


def _amount(value: dict[str, Any]) -> str:
    return f"{value['amount']} {value['currency']}"


def _money(value: dict[str, Any]) -> Money:
    return Money(amount=Decimal(str(value["amount"])), currency=str(value["currency"]))


def _letters(text: str) -> str:
    return " ".join(_LETTERS.findall(fold(text)))
