"""Tempers: how a sender writes and behaves, as changes of a persona. The goal stays the same."""

import random
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, get_args

from lola.testing.personas.persona import Moment, Persona, Temper, Twist
from lola.text.folding import unaccented

TEMPERS: tuple[Temper, ...] = get_args(Temper)
SLIPS = 0.35
"""The share of longer words in which a sender slips."""
SHORTEST_SLIP = 5
_WORD = re.compile(r"[^\W\d_]+")

Words = Mapping[str, Any]
"""The phrases of one language, from people.toml."""


def tempered(persona: Persona, temper: Temper, words: Words, luck: random.Random) -> Persona:
    """Return the persona with a temper; the same luck gives the same persona."""
    changed = persona.model_copy(update={"temper": temper, "id": f"{persona.id}-{temper}"})
    change = _CHANGES.get(temper)
    return change(changed, words, luck) if change else changed


def _hesitant(persona: Persona, words: Words, luck: random.Random) -> Persona:
    doubting = _said(persona, lambda text: luck.choice(words["hesitant"]) + text)
    return _with_twist(doubting, "mid", luck.choice(words["doubt"]))


def _wordy(persona: Persona, words: Words, luck: random.Random) -> Persona:
    def around(text: str) -> str:
        return str(luck.choice(words["wordy"])).format(text=text)

    answers = persona.answers
    talkative = {"amount": around(answers.amount)} if answers.amount else {}
    return _with(persona, around(persona.opening), talkative)


def _hurry(persona: Persona, words: Words, luck: random.Random) -> Persona:
    short = _said(persona, unaccented)
    opening = str(luck.choice(words["hurry"])).format(text=short.opening)
    return short.model_copy(update={"opening": opening})


def _switching(persona: Persona, words: Words, luck: random.Random) -> Persona:
    del luck
    table = words["switched"]

    def switched(text: str) -> str:
        return _WORD.sub(lambda word: table.get(word[0].lower(), word[0]), text)

    return _said(persona, switched)


def _typos(persona: Persona, words: Words, luck: random.Random) -> Persona:
    del words

    def slip(found: re.Match[str]) -> str:
        word = found[0]
        if len(word) < SHORTEST_SLIP or luck.random() > SLIPS:
            return word
        place = luck.randrange(1, len(word) - 2)
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]

    return _said(persona, lambda text: _WORD.sub(slip, text))


def _changing(persona: Persona, words: Words, luck: random.Random) -> Persona:
    if persona.goal != "link" or persona.amount is None:
        return persona
    other = str(int(persona.amount) + luck.choice((20, 35, 50)))
    text = str(luck.choice(words["other_amount"])).format(other=other)
    return _with_twist(persona.model_copy(update={"amount": other}), "after_summary", text)


def _pressed(persona: Persona, words: Words, luck: random.Random) -> Persona:
    return _with_twist(persona, "mid", luck.choice(words["pressure"]))


def _in_hardship(persona: Persona, words: Words, luck: random.Random) -> Persona:
    return _with_twist(persona, "mid", luck.choice(words["hardship"]))


_CHANGES: Mapping[str, Callable[[Persona, Words, random.Random], Persona]] = MappingProxyType(
    {
        "hesitant": _hesitant,
        "wordy": _wordy,
        "hurry": _hurry,
        "code-switching": _switching,
        "typos": _typos,
        "change of mind": _changing,
        "scam pressure": _pressed,
        "hardship": _in_hardship,
    }
)
"""Bursts and silence are no other words: `lola.testing.personas.playing` acts them."""


def _said(persona: Persona, change: Callable[[str], str]) -> Persona:
    """Return the persona with other words, but for names and account numbers."""
    answers = persona.answers
    spoken = {name: getattr(answers, name) for name in ("country", "amount", "method", "confirm")}
    changed = {name: change(text) for name, text in spoken.items() if text is not None}
    return _with(persona, change(persona.opening), changed)


def _with(persona: Persona, opening: str, answers: Mapping[str, str]) -> Persona:
    changed = persona.answers.model_copy(update=dict(answers))
    return persona.model_copy(update={"opening": opening, "answers": changed})


def _with_twist(persona: Persona, when: Moment, say: str) -> Persona:
    if persona.goal != "link":
        return persona
    twists = (*persona.twists, Twist(when=when, say=say))
    return persona.model_copy(update={"twists": twists})
