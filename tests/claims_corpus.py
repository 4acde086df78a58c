"""Loads the replies of tests/data/claims and the sources that their contexts stand for.

Every context is what this service's own tools return (`agents/tools/`), the sender's message and
the approved passages; nothing of it is made for the guard.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from lola.domain.messages import JsonObject
from lola.safety.output.grounding import Sources

FOLDER = Path(__file__).parent / "data" / "claims"
SIDES = ("wrong", "right")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One reply; `side` says whether it may be sent."""

    language: str
    side: str
    context: str
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
    asked = "¿Ya llegó lo de María?" if row.language == "es" else "Did María's money arrive?"
    known = {"sender_words": asked} if row.context.startswith("op_") else {}
    return Sources(**{**known, **_CONTEXTS[row.context](row.language)})


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _money(amount: str, currency: str) -> JsonObject:
    return {"amount": amount, "currency": currency, "text": f"{amount} {currency}"}


def _quote(language: str) -> dict[str, object]:
    quote = {
        "country": "MX",
        "payout_method": "bank_account",
        "send": _money("200.00", "USD"),
        "fee": _money("3.99", "USD"),
        "total": _money("203.99", "USD"),
        "receive": _money("3650.00", "MXN"),
        "rate": "18.25",
        "rate_text": "1 USD = 18.25 MXN",
        "expires_in_minutes": 15,
    }
    return {"tool_results": ({"quote": quote},), **_wish(language)}


def _wish(language: str) -> dict[str, object]:
    words = {
        "es": "Quiero mandar 200 dólares a María López a México",
        "en": "I want to send 200 dollars to María López in Mexico",
    }
    return {"sender_words": words[language]}


def _transfer(status: str, reference: str, amount: str, recipient: str) -> dict[str, object]:
    row = {
        "reference": reference,
        "kind": "sent",
        "status": status,
        "date": "2026-11-20",
        "recipient": recipient,
        "country": "MX",
        "send": _money(amount, "USD"),
        "receive": None,
    }
    return {"tool_results": ({"transfers": [row], "more": 0},)}


def _own(status: str) -> dict[str, object]:
    return _transfer(status, "MX-1001", "200.00", "María López")


def _link(language: str) -> dict[str, object]:
    ticket = {
        "status": "link_sent",
        "send": _money("200.00", "USD"),
        "receive": _money("3650.00", "MXN"),
        "recipient": "María López",
        "reference": "",
    }
    return {
        "tool_results": ({"status": "link_sent"},),
        "facts": ({"draft": None, "tickets": [ticket]},),
        **_wish(language),
    }


_HELP = {
    "es": "Las devoluciones, cuando proceden, tardan de 3 a 10 días hábiles. La atención es de "
    "lunes a viernes de 8 a 18 h. No cobramos por consultar.",
    "en": "Refunds, where due, take 3 to 10 business days. We are open Monday to Friday, 8 am to "
    "6 pm. Asking is free of charge.",
}
_LIMITS: JsonObject = {
    "per_transfer": [],
    "own": {
        "limit": _money("2999.00", "USD"),
        "limit_used": _money("500.00", "USD"),
        "limit_left": _money("2499.00", "USD"),
    },
}
_CONTEXTS = {
    "none": lambda _: {},
    "quote": _quote,
    "draft": _wish,
    "link": _link,
    "op_pending": lambda _: _own("in_progress"),
    "op_paid": lambda _: _own("completed"),
    "op_failed": lambda _: _own("failed"),
    "op_cancelled": lambda _: _own("cancelled"),
    "op_other_paid": lambda _: _transfer("completed", "MX-0907", "50.00", "Juan Pérez"),
    "handoff": lambda _: {"tool_results": ({"status": "waiting"},)},
    "card_link": lambda _: {"tool_results": ({"status": "card_link_sent"},)},
    "verify_link": lambda _: {"tool_results": ({"status": "verification_link_sent"},)},
    "verified": lambda _: {
        "tool_results": ({"verification": "passed", "next_step": "none"},)
    },
    "limits": lambda _: {"tool_results": (_LIMITS,)},
    "document": lambda language: {"passages": (_HELP[language],)},
}  # fmt: skip
