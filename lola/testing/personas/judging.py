"""Judges how a conversation with a persona ended, from the state of the service and the replies."""

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from lola.domain.messages import JsonObject
from lola.sandbox.payhub.sample_data import COUNTRIES
from lola.testing.personas.persona import Persona
from lola.testing.personas.questions import options_of
from lola.testing.personas.world import METHODS, is_possible, is_served, payee
from lola.testing.simulated_sender import TurnReport
from lola.text.countries import country_name
from lola.text.folding import fold

LIVE = frozenset({"drafted", "confirmed", "link_sent", "opened", "approved", "unsure", "settled"})
STATUS_TOOLS = frozenset({"get_own_status", "get_transfers", "get_receipt"})
PERSON_TOOLS = frozenset({"talk_to_person"})
LAST = 4
PHONE = 8


def is_reached(persona: Persona, reports: Sequence[TurnReport]) -> bool:
    """Return whether the conversation ended as this persona wanted."""
    tickets = live_tickets(reports)
    if persona.goal == "register":
        return bool(reports[-1].state.get("enrolments")) and not tickets
    if persona.goal == "link":
        if is_possible(persona):
            return len(tickets) == 1 and not differences(persona, tickets[-1])
        return not tickets and _is_told_coverage(persona, reports)
    if tickets:
        return False
    match persona.goal:
        case "quote":
            quoted = any(_is_quote(persona, report) for report in reports)
            return quoted if is_served(persona) else _is_told_coverage(persona, reports)
        case "give_up":
            return reports[-1].state.get("draft") is None
        case "status":
            return _is_handed(reports) or any(STATUS_TOOLS & set(one.tools) for one in reports)
        case "person":
            return _is_handed(reports)
        case _:
            return _is_answered(persona, reports)


def live_tickets(reports: Sequence[TurnReport]) -> list[JsonObject]:
    """Return the tickets whose link can still be used, or was used."""
    return [one for one in reports[-1].state.get("tickets", []) if one["status"] in LIVE]


def differences(persona: Persona, ticket: JsonObject) -> list[str]:
    """Return in what a ticket differs from what the persona wants."""
    terms = ticket.get("terms") or {}
    return [name for name, fits in _comparisons(persona, ticket, terms) if not fits]


def _comparisons(
    persona: Persona, ticket: JsonObject, terms: dict[str, Any]
) -> Iterator[tuple[str, bool]]:
    yield "country", terms.get("country") == persona.country
    if persona.method:
        yield "method", terms.get("payout_method") == METHODS[persona.method]
    if name := payee(persona):
        yield "payer", fold(str(terms.get("payer_name"))) == fold(name)
    money = ticket["send"] if persona.currency == "USD" else ticket["receive"]
    yield (
        "amount",
        (
            _number(money["amount"]) == _number(persona.amount)
            and money["currency"] == persona.currency
        ),
    )
    yield "recipient", _is_name(persona, str(ticket["recipient_name"]))
    digits = _digits(persona.account)
    if digits and persona.method == "bank":
        yield "account", _digits(terms.get("account")) == digits[-LAST:]
    if digits and persona.method == "wallet":
        yield "phone", _digits(terms.get("recipient_phone")).endswith(digits[-PHONE:])


def _is_name(persona: Persona, name: str) -> bool:
    """Return whether a name is the true one, or is spelled as the sender wrote it."""
    have, truth = fold(name), fold(persona.recipient or "")
    if have == truth:
        return True
    written = f" {fold(persona.answers.recipient or '')} "
    twists = {word for twist in persona.twists for word in fold(twist.say).split()}
    is_corrected = any(word in twists and f" {word} " not in written for word in truth.split())
    is_whole = len(have.split()) >= len(truth.split())
    return not is_corrected and is_whole and f" {have} " in written


def _is_quote(persona: Persona, report: TurnReport) -> bool:
    """Return whether a turn priced what the persona asked about."""
    results = [
        message["result"]
        for message in report.record.get("messages", [])
        if message["role"] == "tool" and message["name"] in {"pre_quote", "prepare_transfer"}
    ]
    for result in results:
        quote = result.get("quote") or {}
        money = quote.get("send" if persona.currency == "USD" else "receive") or {}
        if _number(money.get("amount")) == _number(persona.amount):
            return str(quote.get("country")) == persona.country
    return False


def _is_told_coverage(persona: Persona, reports: Sequence[TurnReport]) -> bool:
    """Return whether it was said what cannot be done, with what can be."""
    if persona.country not in COUNTRIES:
        wanted = fold(country_name(str(persona.country), persona.lang))
        served = [fold(country_name(code, persona.lang)) for code in COUNTRIES]
        texts = [fold(_text_of(report)) for report in reports]
        return any(wanted in text and sum(name in text for name in served) > 1 for text in texts)
    said = [fold(_text_of(report)) for report in reports]
    word = fold(persona.payer or "").split()[:1]
    named = any(name in text for text in said for name in word)
    return named or any(options_of(report.replies) for report in reports[1:])


def _is_answered(persona: Persona, reports: Sequence[TurnReport]) -> bool:
    if persona.country and persona.country not in COUNTRIES:
        return _is_told_coverage(persona, reports)
    return any(report.tools or report.passages for report in reports)


def _is_handed(reports: Sequence[TurnReport]) -> bool:
    return any(one.route == "people" or PERSON_TOOLS & set(one.tools) for one in reports)


def _text_of(report: TurnReport) -> str:
    return "\n".join(reply.text for reply in report.replies)


def _digits(value: object) -> str:
    return "".join(char for char in str(value or "") if char.isdigit())


def _number(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
