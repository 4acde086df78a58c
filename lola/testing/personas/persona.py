"""Reads personas: who writes, what they want, what they answer, and what they say in between.

A file has one JSON object per line (docs/scenarios.md).
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lola.channel.names import ChannelName
from lola.errors import ConfigurationError
from lola.text.languages import Language

Goal = Literal["link", "quote", "give_up", "status", "person", "register", "answer"]
Moment = Literal["start", "mid", "after_summary", "after_link"]
Method = Literal["cash", "bank", "wallet"]

Temper = Literal[
    "plain",
    "hesitant",
    "wordy",
    "hurry",
    "code-switching",
    "typos",
    "bursts",
    "silence",
    "change of mind",
    "scam pressure",
    "hardship",
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Answers(_Strict):
    """What the sender first says when asked; None when they have nothing to say there."""

    country: str | None
    amount: str | None
    recipient: str | None
    method: str | None
    payer: str | None
    account: str | None
    confirm: str | None
    anything_else: str | None


class Twist(_Strict):
    """Something that the sender says unasked; `expect` is for human readers."""

    when: Moment
    say: str
    expect: str = ""


class Persona(_Strict):
    """One sender. Country to account are the truth after all twists, not the first answers.

    A `currency` other than USD means that the amount is what must arrive. `variety` is the language
    with the country that it is spoken in, such as `es-GT`.
    """

    id: str
    lang: Language
    channel: ChannelName
    goal: Goal
    country: str | None
    method: Method | None
    payer: str | None
    amount: str | None
    currency: str | None
    recipient: str | None
    account: str | None
    style: str = ""
    temper: Temper = "plain"
    variety: str = ""
    opening: str
    answers: Answers
    twists: tuple[Twist, ...] = ()


def load_personas(path: Path) -> list[Persona]:
    """Read one file. Raises ConfigurationError that names it."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [Persona.model_validate_json(line) for line in lines if line.strip()]
    except (OSError, ValidationError) as error:
        raise ConfigurationError(str(path), str(error)) from None
