"""Reads scenario files: what a sender does, and what must and must not happen then.

A file is YAML, one scenario per document (docs/scenarios.md). It runs unchanged on every channel,
because it names options by their titles and never a channel's markup.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic_core import CoreSchema

from lola.channel.names import ChannelName
from lola.errors import ConfigurationError
from lola.sandbox.partner_faults import Fault, Partner
from lola.testing.scenario_lines import line_of, worded
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


class ContactSpec(_Strict):
    """A contact card that the sender shares."""

    name: str
    phone: str


class FaultSpec(_Strict):
    """How a partner fails the next `times` calls."""

    partner: Partner
    fault: Fault
    times: int = Field(1, ge=1)


class Step(_Strict):
    """One action of the sender (exactly one of the verbs), and what is expected of its turn.

    A bare text is `say`; a bare text in square brackets is `choose`.
    """

    say: str | None = None
    choose: str | None = None
    media: str | None = None
    caption: str = ""
    contact: ContactSpec | None = None
    widget: Literal["open", "approve", "cancel", "finish", "pay", "decline"] | None = None
    fault: FaultSpec | None = None
    expect: Expectation = Field(default_factory=Expectation)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Return the published schema, in which a step may be a bare text."""
        return {"anyOf": [{"type": "string"}, handler(core_schema)]}

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
        if self.caption and self.media is None:
            raise ValueError("only media has a caption")
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
    _path: Path | None = PrivateAttr(None)
    _number: int = PrivateAttr(0)

    def placed(self, path: Path, number: int) -> Self:
        """Remember the file and the position in it, for messages about this scenario."""
        self._path, self._number = path, number
        return self

    def place(self, *loc: str | int) -> str:
        """Return `FILE:LINE: ` of a part of this scenario, "" for one that is in no file."""
        if self._path is None:
            return ""
        return f"{self._path}:{line_of(self._path, self._number, loc)}: "

    @model_validator(mode="after")
    def _goal_with_reach(self) -> "Scenario":
        if (self.reach is None) != (not self.goal):
            raise ValueError("goal and reach come together")
        return self


def load_scenarios(path: Path) -> list[Scenario]:
    """Read one file. Raises ConfigurationError with the line and the reason of each mistake."""
    try:
        documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{path}:{line}", str(error.problem)) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(str(path), str(error)) from None
    return [_read(path, number, document) for number, document in enumerate(documents)]


def _read(path: Path, number: int, document: object) -> Scenario:
    try:
        scenario = Scenario.model_validate(document)
    except ValidationError as error:
        found = [
            (f"{path}:{line_of(path, number, item['loc'])}", worded(item, _keys(item["loc"])))
            for item in error.errors(include_url=False)
        ]
        (place, first), *more = found
        rest = "".join(f"\n  {where}: {what}" for where, what in more)
        raise ConfigurationError(place, first + rest) from None
    return scenario.placed(path, number)


def _keys(loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys of the part of a scenario that the last key of `loc` is in."""
    around = [part for part in loc[:-1] if isinstance(part, str)]
    return list(_PARTS.get(around[-1] if around else "", Scenario).model_fields)


_PARTS: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        "sender": SenderSpec,
        "steps": Step,
        "expect": Expectation,
        "contact": ContactSpec,
        "fault": FaultSpec,
        "reach": Reach,
        "transfer": TransferSpec,
    }
)


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
