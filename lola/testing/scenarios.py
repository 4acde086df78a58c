"""Reads scenario files: what a sender does, and what must and must not happen then.

A file is YAML, one scenario per document (docs/scenarios.md). It runs unchanged on every channel,
because it names options by their titles and never a channel's markup. A scenario for several
channels or languages is read as one scenario for each of them.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import yaml
from pydantic import BaseModel, Field, PrivateAttr, ValidationError, model_validator

from lola.channel.names import ChannelName
from lola.errors import ConfigurationError
from lola.testing.scenario_lines import line_of, worded
from lola.testing.scenario_steps import (
    Budget,
    ContactSpec,
    Ending,
    Expectation,
    FaultSpec,
    ModelStep,
    OperationSpec,
    PlaceSpec,
    Reach,
    SenderSpec,
    StaffSpec,
    Step,
    Strict,
    Text,
    TicketSpec,
    TransferSpec,
)
from lola.text.languages import DEFAULT_LANGUAGE, LANGUAGES, Language


class Scenario(Strict):
    """A whole conversation. `name` is what it proves, `goal` what the sender wants.

    `ability` and `language` group it in the report; a scenario with `reach` counts there.
    `channels` and `languages` stand for one scenario each.
    """

    name: Text
    sender: SenderSpec = SenderSpec()
    channel: ChannelName = "whatsapp"
    channels: tuple[ChannelName, ...] = ()
    language: Language = DEFAULT_LANGUAGE
    languages: tuple[Language, ...] = ()
    ability: str = ""
    goal: Text = ""
    reach: Reach | None = None
    steps: tuple[Step, ...] = Field(min_length=1)
    end: Ending = Ending()
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


def load_scenarios(path: Path, channel: ChannelName | None = None) -> list[Scenario]:
    """Read one file, for its channels or for the given one.

    Raises ConfigurationError with the line and the reason of each mistake.
    """
    try:
        documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{path}:{line}", str(error.problem)) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(str(path), str(error)) from None
    return [
        _read(path, number, variant)
        for number, document in enumerate(documents)
        for variant in _variants(document, channel)
    ]


def _variants(document: object, channel: ChannelName | None) -> Iterator[object]:
    """Yield the document for each of its languages and channels."""
    if not isinstance(document, dict):
        yield document
        return
    languages = document.get("languages") or [document.get("language", DEFAULT_LANGUAGE)]
    channels = [channel] if channel else document.get("channels") or [None]
    if not (isinstance(languages, list) and isinstance(channels, list)):
        yield document  # the mistake is named where the document is validated
        return
    for language in languages:
        for name in channels:
            variant = _in_language(document, language) | {"language": language}
            parts = [language] if document.get("languages") else []
            if name is not None:
                variant["channel"] = name
                parts += [name] if document.get("channels") and not channel else []
            if parts and isinstance(variant.get("name"), str):
                variant["name"] += f" ({', '.join(parts)})"
            yield variant


def _in_language(value: Any, language: str) -> Any:
    """Return a value with every text that is given by language in this one.

    A text that lacks the language stays as it is, and is refused where it is validated.
    """
    if isinstance(value, list):
        return [_in_language(item, language) for item in value]
    if not isinstance(value, dict):
        return value
    if language in value and set(value) <= set(LANGUAGES):
        return value[language]
    return {name: _in_language(item, language) for name, item in value.items()}


def _read(path: Path, number: int, document: object) -> Scenario:
    try:
        scenario = Scenario.model_validate(document)
    except ValidationError as error:
        found = [
            (
                f"{path}:{line_of(path, number, item['loc'])}",
                worded(item, _keys(item["loc"]), _language(document)),
            )
            for item in error.errors(include_url=False)
        ]
        (place, first), *more = found
        rest = "".join(f"\n  {where}: {what}" for where, what in more)
        raise ConfigurationError(place, first + rest) from None
    return scenario.placed(path, number)


def _language(document: object) -> str:
    return str(document.get("language")) if isinstance(document, dict) else ""


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
        "place": PlaceSpec,
        "staff": StaffSpec,
        "model": ModelStep,
        "fault": FaultSpec,
        "reach": Reach,
        "transfer": TransferSpec,
        "end": Ending,
        "tickets": TicketSpec,
        "operations": OperationSpec,
        "budget": Budget,
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
