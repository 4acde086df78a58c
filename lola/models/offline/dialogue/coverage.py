"""Replies about coverage: countries, payout methods, banks, pickup places, limits."""

from lola.models.offline.dialogue.facts import Entry, rows_of
from lola.models.offline.dialogue.pricing import failed, money
from lola.models.offline.dialogue.view import View
from lola.models.offline.nlu.choices import named, pick


def countries(view: View) -> str:
    """Say which countries are served, or whether one is."""
    view.need(("get_countries", {}))
    if view.facts.countries is None:
        return failed(view)
    asked = [code for meaning in view.state.meanings for code in meaning.countries]
    if view.state.refused:
        return refused(view)
    if asked:
        return view.texts(
            "answer.country_yes", country=view.country(asked[-1]), methods=_methods(view, asked[-1])
        )
    return view.texts("answer.countries", countries=_country_names(view))


def methods(view: View) -> str:
    """Say how the money can be received in a country."""
    view.need(("get_countries", {}))
    if view.lacks("country"):
        return view.texts("answer.wait")
    country = view.settled.get("country")
    return view.texts("answer.methods", country=view.country(), methods=_methods(view, country))


def banks(view: View) -> str:
    """Say which banks take deposits in a country."""
    return _payees(view, "get_banks", "banks", "answer.banks")


def payers(view: View) -> str:
    """Say where cash can be picked up in a country."""
    return _payees(view, "get_payers", "payers", "answer.payers")


def branches(view: View) -> str:
    """List the places where cash is picked up, in the city that was named if any."""
    view.need(("get_countries", {}))
    if view.lacks("country"):
        return view.texts("answer.wait")
    country = view.settled.get("country")
    view.need(("get_payers", {"country": country}))
    city = next((meaning.city for meaning in view.state.meanings if meaning.city), "")
    payer = _named_payer(view, country)
    found = _pickup_places(view, country, city, payer)
    if found:
        return "\n".join((view.texts("answer.branches", place=city or view.country()), *found))
    elsewhere = _pickup_places(view, country, "", payer) if city else []
    if not elsewhere:
        return view.texts("answer.payees_none", country=view.country())
    intro = view.texts("answer.branches_elsewhere", place=city, country=view.country())
    return "\n".join((intro, *elsewhere))


def limits(view: View) -> str:
    """Say how much may be sent at once, and what an identified sender may still send."""
    country = view.settled.get("country")
    result = view.call("get_limits", **({"country": country} if country else {}))
    rows = [row for row in rows_of(result, "per_transfer") if row.get("maximum")]
    if not rows:
        return failed(view)
    said = [_per_transfer(view, rows)]
    own = result.get("own")
    if isinstance(own, dict):
        said.append(
            view.texts(
                "answer.limits_own",
                limit=money(own["limit"]),
                used=money(own["limit_used"]),
                left=money(own["limit_left"]),
            )
        )
    return "\n\n".join(said)


def refused(view: View) -> str:
    """Say that a country or payout method is not served, and which ones are."""
    what = view.state.refused
    if what in (view.facts.methods(view.settled.get("country")) or ()) or not what:
        return ""
    if len(what) == 2:
        return view.texts(
            "answer.country_no", country=view.country(what), countries=_country_names(view)
        )
    country = view.settled.get("country")
    return view.texts("answer.method_no", country=view.country(), methods=_methods(view, country))


def _per_transfer(view: View, rows: list[Entry]) -> str:
    ranges = {(money(row["minimum"]), money(row["maximum"])) for row in rows}
    if len(ranges) == 1 and len(rows) > 1:
        minimum, maximum = ranges.pop()
        return view.texts("answer.limits_all", minimum=minimum, maximum=maximum)
    return "\n".join(
        view.texts(
            "answer.limits",
            country=row["name"],
            minimum=money(row["minimum"]),
            maximum=money(row["maximum"]),
        )
        for row in rows
    )


def _named_payer(view: View, country: str) -> str:
    rows = view.facts.named_payees(country, "cash_pickup")
    for meaning in view.state.meanings:
        if (row := pick(meaning.words, rows, whole=True)) is not None:
            return str(row["id"])
    return ""


def _pickup_places(view: View, country: str, city: str, payer: str) -> list[str]:
    wanted = {"country": country, "place": city, "payer_id": payer}
    result = view.call("get_branches", **{name: value for name, value in wanted.items() if value})
    return [
        view.texts(
            "answer.branch",
            payer=row["payer"],
            address=row["address"],
            city=row["city"],
            hours=row["hours"],
        )
        for row in rows_of(result, "branches")
    ]


def _payees(view: View, tool: str, rows_name: str, key: str) -> str:
    view.need(("get_countries", {}))
    if view.lacks("country"):
        return view.texts("answer.wait")
    country = view.settled.get("country")
    result = view.call(tool, country=country)
    if "error" in result:
        return failed(view)
    names = [str(row["name"]) for row in rows_of(result, rows_name)]
    for meaning in view.state.meanings:
        picked = pick(meaning.words, [named(name, name) for name in names])
        if picked is not None:
            return view.texts("answer.payee_yes", name=picked, country=view.country())
    if not names:
        return view.texts("answer.payees_none", country=view.country())
    listed = view.texts(key, country=view.country(), names=view.texts.listing(names))
    return f"{_elsewhere(view, country)} {listed}".strip()


def _elsewhere(view: View, country: str) -> str:
    """Say where a bank or company that was named does pay, when the country has it not."""
    said = " ".join(meaning.text for meaning in view.state.meanings)
    found = rows_of(view.call("find_payee", payee=said), "payees")
    if not found or any(row.get("country") == country for row in found):
        return ""
    name = str(found[0]["name"])
    # A company may have another name in another country, such as "Elektra Honduras".
    own = set(name.split())
    places = dict.fromkeys(
        str(row["country"]) for row in found if own & set(str(row["name"]).split())
    )
    return view.texts(
        "answer.payee_elsewhere",
        name=name,
        there=view.texts.listing(map(view.country, places)),
        country=view.country(country),
    )


def _methods(view: View, country: str) -> str:
    return view.texts.listing(
        view.texts.method(item).lower() for item in view.facts.methods(country)
    )


def _country_names(view: View) -> str:
    known = view.facts.countries or {}
    return view.texts.listing(str(row.get("name", code)) for code, row in known.items())
