"""Reads scenario files: what a sender does, and what must and must not happen then.

A file is YAML, one scenario per document (docs/scenarios.md). It runs unchanged on every channel,
because it names options by their titles and never a channel's markup.
"""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lola.channel.names import ChannelName
from lola.errors import ConfigurationError
from lola.text.languages import DEFAULT_LANGUAGE, Language

SenderKind = Literal["new", "verified", "pending", "blocked", "broken"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SenderSpec(_Strict):
    """The sender. Without a `phone` the runner uses an unused number of this `kind`.

    `name` is the one in the channel profile.
    """

    phone: str = ""
    kind: SenderKind = "new"
    name: str = "Sender"


class Expectation(_Strict):
    """What must hold for one turn. Texts are compared without regard to case."""

    route: str | None = None
    language: str | None = None
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    no_tools: tuple[str, ...] = ()
    links: int | None = None
    passages: tuple[str, ...] = ()
    silent: bool = False


class TransferSpec(_Strict):
    """What the newest ticket must be about; a field that is left out matches anything."""

    country: str | None = None
    payout_method: str | None = None
    send: str | None = None
    receive: str | None = None
    recipient: str | None = None
    payer: str | None = None


class Reach(_Strict):
    """When a conversation has reached its goal: all of it, at the end of one turn.

    `says` must be in that turn's reply (`a|b`: one of them), `tools` were used by then,
    `transfer` is a secure link for exactly this; `never_says` and `no_link` hold to the end.
    """

    says: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    route: str | None = None
    language: str | None = None
    transfer: TransferSpec | None = None
    never_says: tuple[str, ...] = ()
    no_link: bool = False


class Step(_Strict):
    """One action of the sender (exactly one of the verbs), and what is expected of its turn.

    A bare text is `say`; a bare text in square brackets is `choose`.
    """

    say: str | None = None
    choose: str | None = None
    media: str | None = None
    contact: dict[str, str] | None = None
    widget: Literal["open", "approve", "cancel", "finish", "pay", "decline"] | None = None
    fault: dict[str, Any] | None = None
    expect: Expectation = Field(default_factory=Expectation)

    @model_validator(mode="before")
    @classmethod
    def _bare_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.startswith("[") and value.endswith("]"):
            return {"choose": value[1:-1]}
        return {"say": value}

    @model_validator(mode="after")
    def _one_verb(self) -> "Step":
        verbs = (self.say, self.choose, self.media, self.contact, self.widget, self.fault)
        if sum(verb is not None for verb in verbs) != 1:
            raise ValueError("a step has exactly one of say, choose, media, contact, widget, fault")
        return self


class Scenario(_Strict):
    """A whole conversation. `name` is what it proves, `goal` what the sender wants.

    `ability` and `language` group it in the report; a scenario with `reach` counts there.
    """

    name: str
    sender: SenderSpec = SenderSpec()
    channel: ChannelName = "whatsapp"
    language: Language = DEFAULT_LANGUAGE
    ability: str = ""
    goal: str = ""
    reach: Reach | None = None
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _goal_with_reach(self) -> "Scenario":
        if (self.reach is None) != (not self.goal):
            raise ValueError("goal and reach come together")
        return self


def load_scenarios(path: Path) -> list[Scenario]:
    """Read one file. Raises ConfigurationError that names it."""
    try:
        documents = yaml.safe_load_all(path.read_text(encoding="utf-8"))
        return [Scenario.model_validate(document) for document in documents]
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(str(path), str(error)) from None


def find_scenarios(paths: list[Path]) -> list[Path]:
    """Return all scenario files below the paths, in order."""
    found = [
        file
        for path in paths
        for file in (sorted(path.rglob("*.yaml")) if path.is_dir() else [path])
    ]
    if not found:
        raise ConfigurationError("scenarios", "no scenario file there")
    return found
