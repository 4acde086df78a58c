"""Fixed sentences that replace a model's reply which the guards refused twice.

They are filled with this turn's typed results where there are any, else they say what the
assistant can do (docs/safety.md G13). Nothing of the refused reply is used.
"""

from collections.abc import Mapping, Sequence

from lola.domain.messages import JsonObject
from lola.safety.output.evidence import FACTS
from lola.text.wording import Wording

_STATUSES = ("paid", "failed", "cancelled", "pending")
_QUOTED = ("send", "fee", "total", "receive")
MOST_TRANSFERS = 3


def frame(results: Sequence[JsonObject], wording: Wording, language: str) -> str:
    """Return what may be said from the newest result that has a quote or transfers."""
    for result in reversed(results):
        lines = _transfers(result.get("transfers"), wording, language)
        if quote := _quote(result.get("quote")):
            lines = [wording("frames.quote", language, **quote), *lines]
        if lines:
            return "\n".join(lines)
    return wording("agent.unsure", language)


def _quote(quote: object) -> dict[str, str] | None:
    if not isinstance(quote, Mapping):
        return None
    texts = {name: _text(quote.get(name)) for name in _QUOTED}
    texts["rate"] = str(quote.get("rate_text", ""))
    return texts if all(texts.values()) else None


def _transfers(rows: object, wording: Wording, language: str) -> list[str]:
    if not isinstance(rows, list | tuple):
        return []
    lines = [_transfer(row, wording, language) for row in rows if isinstance(row, Mapping)]
    return [line for line in lines if line][:MOST_TRANSFERS]


def _transfer(row: Mapping[str, object], wording: Wording, language: str) -> str:
    status = next((name for name in _STATUSES if row.get("status") in FACTS[name]), "")
    values = {
        "reference": str(row.get("reference") or ""),
        "recipient": str(row.get("recipient") or ""),
        "send": _text(row.get("send")),
    }
    if not status or not all(values.values()):
        return ""
    return wording(
        "frames.transfer", language, status=wording(f"frames.{status}", language), **values
    )


def _text(money: object) -> str:
    return str(money.get("text", "")) if isinstance(money, Mapping) else ""
