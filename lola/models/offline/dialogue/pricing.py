"""Replies about prices: quotes, rates, comparisons, from this turn's tool results only."""

from collections.abc import Mapping
from typing import Any

from lola.domain.messages import JsonObject
from lola.models.offline.dialogue.facts import Entry, rows_of
from lola.models.offline.dialogue.passages import priced_row
from lola.models.offline.dialogue.slots import source_currency
from lola.models.offline.dialogue.view import View


def quote(view: View) -> str:
    """Say what a transfer costs and what arrives."""
    if view.is_current and view.draft is not None and view.draft.get("status") != "expired":
        return say_quote(view, view.draft["quote"])
    told = view.state.relation and view.facts.recipients is None
    view.need(("get_countries", {}), *((("get_recipients", {}),) if told else ()))
    if view.lacks("country", "amount"):
        return amount_trouble(view) or priced_row(view) or view.texts("answer.quote_wait")
    result = view.call("pre_quote", **_quote_arguments(view, view.settled.get("amount")))
    return say_quote(view, result["quote"]) if "quote" in result else failed(view)


def rate(view: View) -> str:
    """Say the exchange rate of a country, priced for the minimum when no amount was named."""
    view.need(("get_countries", {}))
    if view.lacks("country"):
        return view.texts("answer.wait")
    entry = (view.facts.countries or {}).get(view.settled.get("country"), {})
    minimum = str((entry.get("minimum") or {}).get("amount", ""))
    result = view.call("pre_quote", **_quote_arguments(view, view.settled.get("amount") or minimum))
    if "quote" not in result:
        return failed(view)
    return view.texts("answer.rate", country=view.country(), rate=result["quote"]["rate_text"])


def compare(view: View) -> str:
    """Compare the costs of the payout methods of a country, the lowest total first."""
    view.need(("get_countries", {}))
    if view.lacks("country", "amount"):
        return amount_trouble(view) or view.texts("answer.quote_wait")
    wanted = _quote_arguments(view, view.settled.get("amount"))
    wanted.pop("payout_method")
    rows = rows_of(view.call("compare_payout_methods", **wanted), "quotes")
    if not rows:
        return failed(view)
    lines = [
        view.texts(
            "answer.compared",
            method=view.texts.method(str(row["payout_method"])),
            fee=money(row["fee"]),
            total=money(row["total"]),
            receive=money(row["receive"]),
        )
        for row in rows
    ]
    cheapest = view.texts.method(str(rows[0]["payout_method"])).lower()
    intro = view.texts("answer.compare", send=money(rows[0]["send"]), country=view.country())
    return "\n".join((intro, *lines, view.texts("answer.cheapest", method=cheapest)))


def say_quote(view: View, terms: JsonObject) -> str:
    """Return all figures of a quote in one paragraph."""
    country = str(terms.get("country") or view.settled.get("country"))
    method = str(terms.get("payout_method") or _quote_method(view))
    said = view.texts(
        "answer.quote",
        send=money(terms["send"]),
        country=view.country(country),
        method=view.texts.method(method).lower(),
        fee=money(terms["fee"]),
        total=money(terms["total"]),
        receive=money(terms["receive"]),
        rate=terms["rate_text"],
    )
    minutes = terms.get("expires_in_minutes")
    return f"{said} {view.texts('answer.quote_minutes', minutes=minutes)}" if minutes else said


def amount_trouble(view: View) -> str:
    """Say why an amount was refused; empty when there is none or it was accepted."""
    is_new = view.state.changed & {"amount", "amount_currency", "country"}
    if (said := range_trouble(view)) or not (view.settled.refused_amount and is_new):
        return said
    view.call("get_countries")
    country = view.settled.get("country")
    entry = (view.facts.countries or {}).get(country, {})
    if view.settled.refused_amount == "range":
        return _say_range(view, country, entry)
    codes = dict.fromkeys((source_currency(entry), str(entry.get("currency", ""))))
    return view.texts(
        "trouble.currency", country=view.country(), currencies=view.texts.listing(codes)
    )


def range_trouble(view: View) -> str:
    """Say the limits that an amount broke in this turn; empty when none did."""
    for exchange in reversed(view.now):
        if exchange.result.get("code") == "AMOUNT_OUT_OF_RANGE":
            return _say_range(
                view, str(exchange.call.arguments.get("country", "")), exchange.result
            )
    return ""


def _quote_arguments(view: View, amount: str) -> dict[str, Any]:
    country = view.settled.get("country")
    entry = (view.facts.countries or {}).get(country, {})
    said = view.settled.get("amount_currency") if view.settled.get("amount") else ""
    return {
        "country": country,
        "amount": amount,
        "currency": said or source_currency(entry),
        "payout_method": _quote_method(view),
    }


def _quote_method(view: View) -> str:
    allowed = view.facts.methods(view.settled.get("country"))
    return view.settled.get("payout_method") or next(iter(allowed), "bank_account")


def _say_range(view: View, country: str, limits: Entry) -> str:
    if not (limits.get("minimum") and limits.get("maximum")):
        return view.texts("trouble.range_unknown")
    return view.texts(
        "trouble.range",
        country=view.country(country),
        minimum=money(limits["minimum"]),
        maximum=money(limits["maximum"]),
    )


def failed(view: View) -> str:
    """Say that a tool gave no result, or which limit the amount broke."""
    return range_trouble(view) or view.texts("trouble.tool")


def money(value: Any) -> str:
    """Return the tool's own spelling of an amount."""
    if isinstance(value, Mapping):
        return str(value.get("text") or f"{value.get('amount', '')} {value.get('currency', '')}")
    return str(value)
