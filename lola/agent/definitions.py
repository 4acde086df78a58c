"""Loads agents from folders: `agent.toml` and one prompt per language, checked at the start.

Several packages may hold agents. For each file the last package that has it wins: a bank replaces
one prompt, one fragment or one whole agent and keeps the rest (docs/extend.md).
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from lola.agent.prompts import Prompt, read_prompt
from lola.errors import ConfigurationError
from lola.settings import Settings
from lola.text.front_matter import first_problem
from lola.text.languages import LANGUAGES

NumberT = TypeVar("NumberT", int, float)

OneOrMore = Annotated[
    tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
]


class _Limits(BaseModel):
    """`[limits]`: the agent's own limits per turn, never above the deployment's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tool_calls: int | None = Field(None, ge=0)
    output_tokens: int | None = Field(None, ge=1)
    seconds: float | None = Field(None, gt=0)


class _AgentFile(BaseModel):
    """The shape of `agent.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str = Field(min_length=1)
    model: OneOrMore = ()
    temperature: float = Field(0.0, ge=0, le=2)
    tools: tuple[str, ...] = ()
    knowledge: bool = False
    limits: _Limits = _Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnLimits:
    """The limits of one turn: tool calls, output tokens of all model replies, seconds."""

    tool_calls: int
    output_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDefinition:
    """One agent. Empty `models` means the deployment's order; `digest` is over all its files."""

    name: str
    description: str
    tools: tuple[str, ...]
    prompts: Mapping[str, Prompt]
    models: tuple[str, ...] = ()
    temperature: float = 0.0
    knowledge: bool = False
    tool_calls: int | None = None
    output_tokens: int | None = None
    seconds: float | None = None
    digest: str = ""

    def prompt(self, language: str) -> Prompt:
        """Return the prompt of a language, or the Spanish one when there is none."""
        return self.prompts.get(language, self.prompts["es"])

    def label(self, language: str) -> str:
        """Return `name@version+digest`, which identifies the files behind a reply."""
        prompt = self.prompt(language)
        return f"{self.name}@{prompt.version}+{self.digest}"

    def limits(self, settings: Settings) -> TurnLimits:
        """Return the lower of the agent's limits and the deployment's."""
        return TurnLimits(
            tool_calls=_lower(self.tool_calls, settings.max_tool_calls),
            output_tokens=_lower(self.output_tokens, settings.max_output_tokens),
            seconds=_lower(self.seconds, settings.turn_seconds),
        )


def load_agents(*packages: str, formality: str = "tu") -> dict[str, AgentDefinition]:
    """Read every agent folder of the packages. Raises ConfigurationError that names the file."""
    folders = agent_folders(packages)
    agents = sorted(
        {item.parent.name for folder in folders for item in folder.glob("*/agent.toml")}
    )
    if not agents:
        raise ConfigurationError("AGENTS", f"{', '.join(packages)} holds no agent folder")
    return {name: _load(folders, name, formality) for name in agents}


def agent_folders(packages: Sequence[str]) -> tuple[Path, ...]:
    """Return the folders of the packages, in order. Raises ConfigurationError."""
    try:
        return tuple(Path(str(files(import_module(name)))) for name in packages)
    except (ImportError, TypeError) as error:
        raise ConfigurationError("AGENTS", str(error)) from None


def _load(folders: Sequence[Path], name: str, formality: str) -> AgentDefinition:
    def read(path: str) -> str | None:
        found = [folder / path for folder in folders if (folder / path).is_file()]
        try:
            return found[-1].read_text(encoding="utf-8") if found else None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(path, f"cannot be read: {type(error).__name__}") from None

    text = read(f"{name}/agent.toml") or ""
    try:
        values = _AgentFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{name}/agent.toml", str(error)) from None
    except ValidationError as error:
        raise ConfigurationError(f"{name}/agent.toml", ": ".join(first_problem(error))) from None
    prompts = {
        language: read_prompt(read, name, language, formality=formality) for language in LANGUAGES
    }
    whole = "\0".join((text, *(prompt.text for prompt in prompts.values())))
    return AgentDefinition(
        name=name,
        description=values.description,
        models=values.model,
        temperature=values.temperature,
        tools=values.tools,
        knowledge=values.knowledge,
        tool_calls=values.limits.tool_calls,
        output_tokens=values.limits.output_tokens,
        seconds=values.limits.seconds,
        prompts=prompts,
        digest=sha256(whole.encode()).hexdigest()[:12],
    )


def _lower(own: NumberT | None, deployment: NumberT) -> NumberT:
    return deployment if own is None else min(own, deployment)
