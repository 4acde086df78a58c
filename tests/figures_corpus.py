"""Loads the replies of tests/data/figures and the sources that their facts stand for.

A fact becomes the field that this service's own tools return for it (`agents/tools/`); nothing is
added that an author of the rows did not state, except what identifies a transfer.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from lola.domain.messages import JsonObject
from lola.domain.transfer import Money
from lola.money.money_format import money_json
from lola.safety.output.grounding import Sources

FOLDER = Path(__file__).parent / "data" / "figures"
SIDES = ("wrong", "right")
METHODS = {"bank_deposit": "bank_account", "cash": "cash_pickup"}
REFERENCE = "MX-1001"
LIMITS = {"limit_daily": "limit", "limit_used": "limit_used", "limit_left": "limit_left"}
# No tool returns how long a payout takes; only an approved text does.
DURATIONS = {
    "es": {"bank_deposit": "Depósito en cuenta: {} horas.", "cash": "Efectivo: {} horas."},
    "en": {"bank_deposit": "Bank deposit: {} hours.", "cash": "Cash pickup: {} hours."},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One reply; `side` says whether it may be sent."""

    language: str
    side: str
    facts: Sequence[JsonObject]
    user: str
    kind: str
    reply: str


def rows(name: str = "dev") -> list[Row]:
    """Return all rows of a set, such as `dev`; none for a set that is not there."""
    return [
        Row(language=language, side=side, **json.loads(line))
        for language in ("es", "en")
        for side in SIDES
        for line in _lines(FOLDER / f"{name}_{language}_{side}.jsonl")
    ]


def sources(row: Row) -> Sources:
    """Return what the turn of a row knows."""
    facts = {fact["role"]: fact for fact in row.facts}
    results: list[JsonObject] = []
    if "date" in facts:
        results.append(_transfers(facts))
    elif facts.keys() & {"send", "fee", "receive", "rate"}:
        results.append(_quotes(facts))
    if any(role in facts for role in LIMITS):
        own = {LIMITS[role]: _money(fact) for role, fact in facts.items() if role in LIMITS}
        results.append({"per_transfer": [], "own": own})
    passages: tuple[str, ...] = ()
    if duration := facts.get("time_hours"):
        sentence = DURATIONS[row.language][duration["method"]]
        passages = (sentence.format(duration["amount"]),)
    return Sources(tool_results=tuple(results), passages=passages, sender_words=row.user)


def _quotes(facts: dict[str, JsonObject]) -> JsonObject:
    quote: JsonObject = {
        role: _money(facts[role]) for role in ("send", "fee", "total", "receive") if role in facts
    }
    methods = [facts[role]["method"] for role in ("fee", "receive") if role in facts]
    quote["payout_method"] = METHODS[next(filter(None, methods), "bank_deposit")]
    if rate := facts.get("rate"):
        quote |= {
            "rate": rate["amount"],
            "rate_text": f"1 USD = {rate['amount']} {rate['currency']}",
        }
    other = facts.get("other_method_fee")
    if other is None:
        return {"quote": quote}
    return {"quotes": [quote, {"payout_method": METHODS[other["method"]], "fee": _money(other)}]}


def _transfers(facts: dict[str, JsonObject]) -> JsonObject:
    newest: JsonObject = {"reference": REFERENCE, "date": facts["date"]["amount"]}
    if "send" in facts:
        newest["send"] = _money(facts["send"])
    count = int(facts["count"]["amount"]) if "count" in facts else 1
    return {"transfers": [newest, *({"status": "completed"},) * (count - 1)], "more": 0}


def _money(fact: JsonObject) -> JsonObject:
    return money_json(Money(amount=Decimal(fact["amount"]), currency=fact["currency"]))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
