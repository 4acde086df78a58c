"""Generates personas from a seed: varieties of Spanish and English, goals, facts and tempers.

The same seed generates the same people. Tempers and varieties come in turn, so that a small run has
all of them, and one of their product has each pair once.
"""

import random
import tomllib
from importlib import resources
from itertools import cycle, islice
from typing import Any, cast

from lola.partners.bank_accounts import clabe_check_digit
from lola.sandbox.payhub.sample_data import COUNTRIES
from lola.testing.personas.persona import Answers, Goal, Method, Persona
from lola.testing.personas.tempers import TEMPERS, Words, tempered
from lola.text.countries import country_name
from lola.text.languages import Language

_FILE = resources.files("lola.testing.personas").joinpath("people.toml")
PEOPLE: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
GOALS: tuple[Goal, ...] = (*("link",) * 7, "quote", "give_up", "person")
AMOUNTS = (40, 60, 75, 90, 120, 150, 180, 200, 250, 310, 400)
SMS = 0.3
"""The share of senders who write by SMS."""


def generated(number: int, seed: int) -> list[Persona]:
    """Return so many personas."""
    pairs = islice(zip(cycle(TEMPERS), cycle(PEOPLE["varieties"]), strict=False), number)
    return [
        _persona(f"s{position:04d}", temper, variety, random.Random(f"{seed}:{position}"))  # noqa: S311
        for position, (temper, variety) in enumerate(pairs, start=1)
    ]


def _persona(name: str, temper: Any, variety: str, luck: random.Random) -> Persona:
    spoken = PEOPLE["varieties"][variety]
    language = cast("Language", variety.partition("-")[0])
    words: Words = PEOPLE[language]
    goal = luck.choice(GOALS)
    method: Method = luck.choice(("cash", "bank"))
    facts = _facts(goal, str(spoken["country"]), method, luck)
    persona = Persona(
        id=name,
        lang=language,
        variety=variety,
        # Several texts at once are one webhook there.
        channel="sms" if temper != "bursts" and luck.random() < SMS else "whatsapp",
        goal=goal,
        recipient=luck.choice(spoken["names"]) if goal != "person" else None,
        currency="USD",
        opening="",
        answers=_NOTHING,
        **facts,
    )
    return tempered(_speaking(persona, spoken, words, luck), temper, words, luck)


_NOTHING = Answers(
    country=None, amount=None, recipient=None, method=None, payer=None, account=None,
    confirm=None, anything_else=None,
)  # fmt: skip


def _facts(goal: Goal, code: str, method: Method, luck: random.Random) -> dict[str, Any]:
    """Return where to, how, how much and to which account; nothing for a wish for a person."""
    if goal == "person":
        return dict.fromkeys(("country", "method", "payer", "amount", "account"))
    if goal == "quote":
        method = "cash"
    country = COUNTRIES[code]
    payer = luck.choice(sorted((country.banks if method == "bank" else country.payers).values()))
    return {
        "country": code,
        "method": method,
        "payer": payer,
        "amount": str(luck.choice(AMOUNTS)),
        "account": _account(code, payer, luck) if method == "bank" else None,
    }


def _account(code: str, bank: str, luck: random.Random) -> str:
    if code != "MX":
        return str(luck.randrange(10**9, 10**10))
    number = next(one for one, name in COUNTRIES["MX"].banks.items() if name == bank)
    first = f"{number}180{luck.randrange(10**11):011d}"
    return first + clabe_check_digit(first)


def _speaking(
    persona: Persona, spoken: dict[str, Any], words: Words, luck: random.Random
) -> Persona:
    """Return the persona with an opening and an answer for everything that may be asked."""

    def say(name: str, **facts: str | None) -> str:
        return str(luck.choice(words[name])).format(**facts)

    country = country_name(persona.country, persona.lang) if persona.country else None
    opening = {
        "quote": lambda: say("quote", amount=persona.amount, country=country),
        "person": lambda: say("person"),
    }.get(persona.goal, lambda: str(luck.choice(spoken["openings"])))()
    answers = Answers(
        country=say("country", country=country) if country else None,
        amount=say("amount", amount=persona.amount) if persona.amount else None,
        recipient=persona.recipient,
        method=say(persona.method) if persona.method else None,
        payer=persona.payer,
        account=persona.account,
        confirm=say({"give_up": "give_up", "quote": "declined"}.get(persona.goal, "confirm")),
        anything_else=str(words["thanks"]),
    )
    return persona.model_copy(update={"opening": opening, "answers": answers})
