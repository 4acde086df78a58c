"""Answers to questions about the service, said with the figures of this turn's own tool results.

Each answers a piece of text; where values are still missing, the open question follows by itself.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lola.messages import JsonObject
from lola.models.offline.dialogue.facts import Entry, rows_of
from lola.models.offline.dialogue.passages import fitting_passage
from lola.models.offline.dialogue.slots import source_currency
from lola.models.offline.dialogue.titles import person_name
from lola.models.offline.dialogue.view import View
from lola.models.offline.hearing.choices import named, pick

MOST_TRANSFERS = 3


def quote(view: View) -> str:
    """What a transfer costs and what arrives."""
    if view.is_current and view.draft is not None and view.draft.get("status") != "expired":
        return _say_quote(view, view.draft["quote"])
    told = view.state.relation and view.facts.recipients is None
    view.need(("get_countries", {}), *((("get_recipients", {}),) if told else ()))
    if view.slot in {"country", "amount"}:
        return amount_trouble(view) or view.voice("answer.quote_wait")
    result = view.call("pre_quote", **_quote_arguments(view, view.settled.get("amount")))
    return _say_quote(view, result["quote"]) if "quote" in result else _failed(view)


def rate(view: View) -> str:
    """The exchange rate of a country; priced for the least amount when none was named."""
    view.need(("get_countries", {}))
    if view.slot == "country":
        return view.voice("answer.wait")
    entry = (view.facts.countries or {}).get(view.settled.get("country"), {})
    least = str((entry.get("minimum") or {}).get("amount", ""))
    result = view.call("pre_quote", **_quote_arguments(view, view.settled.get("amount") or least))
    if "quote" not in result:
        return _failed(view)
    return view.voice("answer.rate", country=view.country(), rate=result["quote"]["rate_text"])


def countries(view: View) -> str:
    """Where money can go, or whether it can go to one country."""
    view.need(("get_countries", {}))
    if view.facts.countries is None:
        return _failed(view)
    asked = [code for reading in view.state.readings for code in reading.countries]
    if view.state.refused:
        return refused(view)
    if asked:
        return view.voice(
            "answer.country_yes", country=view.country(asked[-1]), methods=_methods(view, asked[-1])
        )
    return view.voice("answer.countries", countries=_country_names(view))


def methods(view: View) -> str:
    """How the money can be received in a country."""
    view.need(("get_countries", {}))
    if view.slot == "country":
        return view.voice("answer.wait")
    country = view.settled.get("country")
    return view.voice("answer.methods", country=view.country(), methods=_methods(view, country))


def banks(view: View) -> str:
    """Which banks take deposits in a country."""
    return _payees(view, "get_banks", "banks", "answer.banks")


def payers(view: View) -> str:
    """Where cash can be picked up in a country."""
    return _payees(view, "get_payers", "payers", "answer.payers")


def limits(view: View) -> str:
    """How much may be sent at once."""
    result = view.call("get_countries")
    rows = [
        row for row in rows_of(result, "countries") if row.get("minimum") and row.get("maximum")
    ]
    chosen = [row for row in rows if row["code"] == view.settled.get("country")]
    if not rows:
        return _failed(view)
    ranges = {(_money(row["minimum"]), _money(row["maximum"])) for row in rows}
    if len(ranges) == 1 and not chosen:
        minimum, maximum = ranges.pop()
        return view.voice("answer.limits_all", minimum=minimum, maximum=maximum)
    return "\n".join(
        view.voice(
            "answer.limits",
            country=row["name"],
            minimum=_money(row["minimum"]),
            maximum=_money(row["maximum"]),
        )
        for row in chosen or rows
    )


def recipients(view: View) -> str:
    """Whom the sender has saved."""
    people = rows_of(view.call("get_recipients"), "recipients")
    if "get_recipients" not in view.offered:
        return unsure(view)
    if not people:
        return view.voice("answer.recipients_none")
    return view.voice("answer.recipients", names=view.voice.listing(map(person_name, people)))


def payment_methods(view: View) -> str:
    """How the sender can pay."""
    rows = rows_of(view.call("get_payment_methods"), "payment_methods")
    if not rows:
        return view.voice("answer.payment_methods_none")
    names = view.voice.listing(str(row["label"]) for row in rows)
    return view.voice("answer.payment_methods", names=names)


def status(view: View) -> str:
    """How the sender's own transfers and verification stand."""
    if "get_own_status" not in view.offered:
        return transfers(view, view.tickets) if view.tickets else knowledge(view)
    result = view.call("get_own_status")
    if "error" in result:
        return _failed(view)
    return transfers(view, rows_of(result, "transfers"))


def transfers(view: View, rows: list[Entry]) -> str:
    """The newest transfers, one line each."""
    if not rows:
        return view.voice("status.none")
    lines = [view.voice("status.intro")]
    for row in rows[-MOST_TRANSFERS:]:
        key = f"status.{row.get('status')}"
        lines.append(
            view.voice(
                key if view.voice.knows(key) else "status.other",
                send=_money(row["send"]),
                recipient=row.get("recipient", ""),
            )
        )
    return "\n".join(lines)


def repeat(view: View) -> str:
    """The figures of the summary once more."""
    if view.is_current and view.draft is not None and view.draft.get("status") != "expired":
        return _say_quote(view, view.draft["quote"])
    if view.settled.get("country") and view.settled.get("amount"):
        return quote(view)
    return view.voice("answer.nothing_to_repeat")


def knowledge(view: View) -> str:
    """The approved passage that fits, or an honest "not sure"."""
    return fitting_passage(view) or unsure(view)


def unsure(view: View) -> str:
    """Say so, and offer a person."""
    return view.voice("answer.unsure")


def refused(view: View) -> str:
    """Say that a country or payout method is not served, with those that are."""
    what = view.state.refused
    if what in (view.facts.methods(view.settled.get("country")) or ()) or not what:
        return ""
    if len(what) == 2:
        return view.voice(
            "answer.country_no", country=view.country(what), countries=_country_names(view)
        )
    country = view.settled.get("country")
    return view.voice("answer.method_no", country=view.country(), methods=_methods(view, country))


def amount_trouble(view: View) -> str:
    """Say why an amount was not taken over; empty when there is none or it was."""
    is_news = view.state.changed & {"amount", "amount_currency", "country"}
    if (said := range_trouble(view)) or not (view.settled.refused_amount and is_news):
        return said
    view.call("get_countries")
    country = view.settled.get("country")
    entry = (view.facts.countries or {}).get(country, {})
    if view.settled.refused_amount == "range":
        return _say_range(view, country, entry)
    codes = dict.fromkeys((source_currency(entry), str(entry.get("currency", ""))))
    return view.voice(
        "trouble.currency", country=view.country(), currencies=view.voice.listing(codes)
    )


def range_trouble(view: View) -> str:
    """Say the limits that a refused amount broke in this turn; empty when none was."""
    for exchange in reversed(view.now):
        if exchange.result.get("code") == "AMOUNT_OUT_OF_RANGE":
            return _say_range(
                view, str(exchange.call.arguments.get("country", "")), exchange.result
            )
    return ""


ANSWERS: Mapping[str, Callable[[View], str]] = {
    "quote": quote,
    "rate": rate,
    "countries": countries,
    "methods": methods,
    "banks": banks,
    "payers": payers,
    "limits": limits,
    "recipients": recipients,
    "payment_methods": payment_methods,
    "status": status,
    "repeat": repeat,
    "knowledge": knowledge,
    "how_to": lambda view: view.voice("answer.how_to"),
    "card_data": lambda view: fitting_passage(view, least=2) or view.voice("answer.card_data"),
    "security": lambda view: fitting_passage(view, least=2) or view.voice("answer.security"),
    "resend_link": lambda view: view.voice("answer.resend"),
    "robot": lambda view: view.voice("small.robot"),
    "speaks": lambda view: view.voice("small.speaks"),
    "rules": lambda view: view.voice("small.off_topic"),
    "off_topic": lambda view: view.voice("small.off_topic"),
}


def _say_range(view: View, country: str, limits: Entry) -> str:
    if not (limits.get("minimum") and limits.get("maximum")):
        return view.voice("trouble.range_unknown")
    return view.voice(
        "trouble.range",
        country=view.country(country),
        minimum=_money(limits["minimum"]),
        maximum=_money(limits["maximum"]),
    )


def _say_quote(view: View, figures: JsonObject) -> str:
    country = str(figures.get("country") or view.settled.get("country"))
    method = str(figures.get("payout_method") or _quote_method(view))
    said = view.voice(
        "answer.quote",
        send=_money(figures["send"]),
        country=view.country(country),
        method=view.voice.method(method).lower(),
        fee=_money(figures["fee"]),
        total=_money(figures["total"]),
        receive=_money(figures["receive"]),
        rate=figures["rate_text"],
    )
    minutes = figures.get("expires_in_minutes")
    return f"{said} {view.voice('answer.quote_minutes', minutes=minutes)}" if minutes else said


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


def _payees(view: View, tool: str, rows_name: str, key: str) -> str:
    view.need(("get_countries", {}))
    if view.slot == "country":
        return view.voice("answer.wait")
    country = view.settled.get("country")
    result = view.call(tool, country=country)
    if "error" in result:
        return _failed(view)
    names = [str(row["name"]) for row in rows_of(result, rows_name)]
    for reading in view.state.readings:
        picked = pick(reading.words, [named(name, name) for name in names])
        if picked is not None:
            return view.voice("answer.payee_yes", name=picked, country=view.country())
    if not names:
        return view.voice("answer.payees_none", country=view.country())
    return view.voice(key, country=view.country(), names=view.voice.listing(names))


def _failed(view: View) -> str:
    return range_trouble(view) or view.voice("trouble.tool")


def _methods(view: View, country: str) -> str:
    return view.voice.listing(
        view.voice.method(item).lower() for item in view.facts.methods(country)
    )


def _country_names(view: View) -> str:
    known = view.facts.countries or {}
    return view.voice.listing(str(row.get("name", code)) for code, row in known.items())


def _money(value: Any) -> str:
    """The tool's own spelling of an amount."""
    if isinstance(value, Mapping):
        return str(value.get("text") or f"{value.get('amount', '')} {value.get('currency', '')}")
    return str(value)
