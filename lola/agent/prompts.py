"""Reads prompts: Markdown files with a header, and the fragments that they share.

    ---
    id: sender_home
    version: 3
    variables: [assistant_name, brand_name, date]
    ---
    You are {assistant_name} …
    {{> confirmation}}

A line `{{> name}}` is replaced by `fragments/name.<language>.md`. A prompt is fixed text with at
most four variables (reference/lola.md 11) and never contains what a sender writes. Each file
declares the variables that its own text uses, so that a misspelt one is found at loading.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from string import Formatter

from pydantic import BaseModel, ConfigDict, Field

from lola.errors import ConfigurationError
from lola.text.front_matter import HeaderError, read_header

PROMPT_VARIABLES = frozenset({"date", "sender", "brand_name", "assistant_name"})

_INCLUDE = re.compile(r"^\{\{> ?([a-z_]+) ?\}\}[ \t]*$", re.MULTILINE)

Read = Callable[[str], str | None]
"""Returns the text of a file, named relative to an agents package, or None."""


class _Header(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    version: int = Field(ge=1)
    variables: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One prompt in one language, fragments included."""

    version: int
    text: str

    def render(self, **variables: str) -> str:
        """Return the text with its variables filled in."""
        return self.text.format(**variables)


def prompt_variables(
    *, now: datetime, sender: str, brand_name: str, assistant_name: str
) -> dict[str, str]:
    """Return the four allowed variables. `sender` is the identity service's name for them."""
    return {
        "date": now.date().isoformat(),
        "sender": sender or "-",
        "brand_name": brand_name,
        "assistant_name": assistant_name,
    }


def read_prompt(read: Read, agent: str, language: str, *, formality: str = "tu") -> Prompt:
    """Load an agent's prompt with its fragments. Raises ConfigurationError that names the file."""
    header, body = _load(read, f"{agent}/prompt.{language}.md", agent)

    def fragment(match: re.Match[str]) -> str:
        name = match[1]
        formal = f"fragments/{name}.{language}_usted.md"
        is_formal = formality == "usted" and read(formal) is not None
        path = formal if is_formal else f"fragments/{name}.{language}.md"
        _, text = _load(read, path, name)
        if _INCLUDE.search(text):
            raise ConfigurationError(path, "includes another fragment; fragments do not nest")
        return text

    return Prompt(version=header.version, text=_INCLUDE.sub(fragment, body))


def _load(read: Read, path: str, name: str) -> tuple[_Header, str]:
    source = read(path)
    if source is None:
        raise ConfigurationError(path, "is missing")
    try:
        header, body = read_header(source, _Header)
    except HeaderError as error:
        raise ConfigurationError(path, str(error)) from None
    if header.id != name:
        raise ConfigurationError(path, f"has the id {header.id}; it must be {name}")
    _check_variables(path, header.variables, _INCLUDE.sub("", body))
    if not body.strip():
        raise ConfigurationError(path, "is empty below its header")
    return header, body.strip()


def _check_variables(path: str, declared: frozenset[str], text: str) -> None:
    try:
        used = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise ConfigurationError(path, f"has a stray brace: {error}") from None
    if foreign := (used | declared) - PROMPT_VARIABLES:
        raise ConfigurationError(
            path,
            f"uses {', '.join(sorted(foreign))}",
            hint=f"allowed: {', '.join(sorted(PROMPT_VARIABLES))}",
        )
    if used != declared:
        raise ConfigurationError(
            path, f"declares {_listed(declared)} and uses {_listed(used)}", hint="see `variables`"
        )


def _listed(names: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "no variable"
