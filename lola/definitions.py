"""Agents as folders: `agent.toml` and one prompt per language. Loaded and checked at start.

A prompt is fixed text with four variables at most: the date, the sender's first name as the bank
knows it, the brand and the assistant's name (reference/lola.md 11). What a sender writes never
gets in here.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lola.errors import ConfigurationError

PROMPT_VARIABLES = frozenset({"date", "sender", "brand_name", "assistant_name"})
LANGUAGES = ("es", "en")


class _AgentFile(BaseModel):
    """The shape of `agent.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str = Field(min_length=1)
    model: str = ""
    temperature: float = Field(0.0, ge=0, le=2)
    tools: tuple[str, ...] = ()
    knowledge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDefinition:
    """One agent. `model` is empty for the deployment's default; `version` hashes its texts."""

    name: str
    description: str
    model: str
    temperature: float
    tools: tuple[str, ...]
    knowledge: bool
    prompts: dict[str, str]
    version: str

    def prompt(self, language: str, **variables: str) -> str:
        """Render the prompt of a language, Spanish when there is no other."""
        return self.prompts.get(language, self.prompts["es"]).format(**variables)


def prompt_variables(
    *, now: datetime, sender: str, brand_name: str, assistant_name: str
) -> dict[str, str]:
    """The four allowed variables. `sender` comes from the identity service or is empty."""
    return {
        "date": now.date().isoformat(),
        "sender": sender or "-",
        "brand_name": brand_name,
        "assistant_name": assistant_name,
    }


def load_agents(package: str) -> dict[str, AgentDefinition]:
    """Read every agent folder of a package. Raises ConfigurationError that names the file."""
    folders = [
        item
        for item in files(package).iterdir()
        if item.is_dir() and item.joinpath("agent.toml").is_file()
    ]
    if not folders:
        raise ConfigurationError("AGENTS", f"{package} holds no agent folder")
    return {folder.name: _load(folder) for folder in sorted(folders, key=lambda item: item.name)}


def _load(folder: Traversable) -> AgentDefinition:
    text = folder.joinpath("agent.toml").read_text(encoding="utf-8")
    prompts = {language: _prompt(folder, language) for language in LANGUAGES}
    try:
        values: dict[str, Any] = _AgentFile.model_validate(tomllib.loads(text)).model_dump()
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigurationError(f"{folder.name}/agent.toml", str(error)) from None
    digest = sha256("\0".join((text, *prompts.values())).encode()).hexdigest()
    return AgentDefinition(name=folder.name, prompts=prompts, version=digest[:12], **values)


def _prompt(folder: Traversable, language: str) -> str:
    name = f"prompt.{language}.md"
    path = folder.joinpath(name)
    if not path.is_file():
        raise ConfigurationError(f"{folder.name}/{name}", "is missing")
    text = path.read_text(encoding="utf-8")
    try:
        found = {field for _, field, _, _ in Formatter().parse(text) if field is not None}
    except ValueError as error:
        raise ConfigurationError(f"{folder.name}/{name}", f"has a stray brace: {error}") from None
    if foreign := found - PROMPT_VARIABLES:
        raise ConfigurationError(
            f"{folder.name}/{name}",
            f"uses {', '.join(sorted(foreign))}",
            hint=f"allowed: {', '.join(sorted(PROMPT_VARIABLES))}",
        )
    return text
