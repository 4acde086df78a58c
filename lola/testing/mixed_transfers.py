"""Finds two transfers that were mixed into one, where each figure alone has a source.

Looked for are a sentence that joins figures or a recipient of different transfers, a summary with a
figure of another transfer than its draft's, and a draft or ticket that pairs a recipient or country
with the amount that the sender's message gives to another one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lola.domain.messages import JsonObject
from lola.text.countries import country_name
from lola.text.folding import fold
from lola.text.languages import LANGUAGES

_MONEY = re.compile(r"(\d[\d,]*\.\d\d) ([A-Z]{3})\b")
_SENTENCE = re.compile(r"[\n;]|[.?!] ")
_CLAUSE = re.compile(r"[\n;,]|\by\b|\band\b|[.?!] ")
_AMOUNT = re.compile(r"\d[\d,]*(?:\.\d+)?")

Figure = tuple[Decimal, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The figures of one transfer with the field of each, and its recipient as compared."""

    figures: dict[Figure, str]
    recipient: str


def transfers_in(value: Any) -> Iterator[Transfer]:
    """Yield every transfer in tool results, drafts and tickets: what has `send` and `receive`."""
    if isinstance(value, dict):
        if "send" in value and "receive" in value:
            yield Transfer(figures=dict(_figures(value)), recipient=_recipient(value))
            return
        for item in value.values():
            yield from transfers_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from transfers_in(item)


def in_sentences(said: str, transfers: Sequence[Transfer]) -> Iterator[str]:
    """Yield each sentence that joins what belongs to different transfers."""
    for sentence in _SENTENCE.split(said):
        known = _known(sentence, transfers)
        if _are_apart(known, transfers) or _is_of_another(sentence, known, transfers):
            yield f"two transfers are mixed in {sentence.strip()!r}"


def in_summary(text: str, draft: Transfer, others: Sequence[Transfer]) -> Iterator[str]:
    """Yield each figure of a summary that only another transfer than its draft has."""
    for figure in _known(text, others):
        if figure not in draft.figures:
            amount, currency = figure
            yield f"{amount} {currency} in a summary is of another transfer"


def in_terms(terms: JsonObject, sender_texts: Sequence[str]) -> Iterator[str]:
    """Yield where terms pair a name or a country with the amount that was said of another one."""
    amount = Decimal(str(terms["amount"]))
    for position, text in enumerate(sender_texts):
        clauses = [(fold(clause), set(_amounts(clause))) for clause in _CLAUSE.split(text)]
        if any(amount in _amounts(later) for later in sender_texts[position + 1 :]):
            continue
        for anchor in _anchors(terms):
            own = [amounts for words, amounts in clauses if anchor in f" {words} " and amounts]
            others = [amounts for words, amounts in clauses if anchor not in f" {words} "]
            if (
                own
                and not any(amount in one for one in own)
                and any(amount in one for one in others)
            ):
                yield f"{amount} was said of another transfer than that of {anchor.strip()!r}"


def _known(text: str, transfers: Sequence[Transfer]) -> list[Figure]:
    """Return the figures of a text that some transfer has."""
    found = [(Decimal(one.replace(",", "")), currency) for one, currency in _MONEY.findall(text)]
    return [one for one in found if any(one in item.figures for item in transfers)]


def _are_apart(known: Sequence[Figure], transfers: Sequence[Transfer]) -> bool:
    """Return whether a figure shares no transfer with any figure of another field beside it."""
    for one in known:
        fields = {item.figures[one] for item in transfers if one in item.figures}
        beside = [
            other
            for other in known
            if not fields & {item.figures[other] for item in transfers if other in item.figures}
        ]
        is_joined = any(
            one in item.figures and other in item.figures for item in transfers for other in beside
        )
        if beside and not is_joined:
            return True
    return False


def _is_of_another(sentence: str, known: Sequence[Figure], transfers: Sequence[Transfer]) -> bool:
    """Return whether the one recipient who is named gets none of the figures beside the name."""
    words = f" {fold(sentence)} "
    named = {one.recipient for one in transfers if one.recipient and f" {one.recipient} " in words}
    if len(named) != 1 or not known:
        return False
    (name,) = named
    owners = [{one.recipient for one in transfers if figure in one.figures} for figure in known]
    return not any(name in names or "" in names for names in owners)


def _figures(value: JsonObject) -> Iterator[tuple[Figure, str]]:
    for name, item in value.items():
        if isinstance(item, dict) and {"amount", "currency"} <= set(item):
            yield (Decimal(str(item["amount"])), str(item["currency"])), name


def _recipient(value: JsonObject) -> str:
    recipient = value.get("recipient_name") or value.get("recipient") or ""
    return fold(str(recipient.get("name", "") if isinstance(recipient, dict) else recipient))


def _anchors(terms: JsonObject) -> Iterable[str]:
    """Return what tells a transfer of a message from another one, as words to look for."""
    first = fold(str(terms.get("recipient_first_name") or "")).partition(" ")[0]
    names = [fold(country_name(str(terms["country"]), language)) for language in LANGUAGES]
    return [f" {word} " for word in dict.fromkeys((first, *names)) if word]


def _amounts(text: str) -> set[Decimal]:
    return {Decimal(token.replace(",", "")) for token in _AMOUNT.findall(text)}
