"""What each model family takes and when each model ends: the typed rows of `families.toml`.

Read by the adapters, `lola models` and `lola doctor`. Nothing here asks a provider.
"""

import re
import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from lola.settings import ModelPrice

NOTICE_DAYS = 60
TABLE = Path(__file__).with_suffix(".toml")
Provider = Literal["gemini", "openai"]
Api = Literal["generate", "chat", "responses"]

_NAME = re.compile(r"^(?P<series>gemini|gpt|o)-?(?P<version>\d+(?:\.\d+)?)?(?P<rest>(?:o?-.*|o)?)$")
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


def _version(written: str | None) -> tuple[int, ...]:
    """Return 5.10 as (5, 10); a name without a version is newer than every version."""
    return (10**6,) if written is None else tuple(map(int, written.split(".")))


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Family(_Row):
    """What the models of one family take.

    `series` is empty for the defaults that unknown names get. `sampling`: temperature, top_p, top_k
    and candidate count may be sent. `effort`, `thinking_level` and `thinking_budget` are what a
    turn with tools sends; empty or None sends nothing. `efforts` and `thinking_levels` are allowed.
    """

    title: str
    provider: Provider
    api: Api
    series: str = ""
    since: Annotated[tuple[int, ...], BeforeValidator(_version)] = ()
    variants: frozenset[str] = frozenset()
    sampling: bool = False
    effort: str = ""
    efforts: tuple[str, ...] = ()
    thinking_level: str = ""
    thinking_levels: tuple[str, ...] = ()
    thinking_budget: int | None = None
    source: tuple[str, ...] = ()


class ModelFacts(_Row):
    """When one model ends, what follows it, and its list price, as far as a source says so."""

    name: str
    ends: date | None = None
    vertex_ends: date | None = None
    successor: str = ""
    price: ModelPrice | None = None
    source: str

    def end(self, *, is_vertex: bool = False) -> date | None:
        """Return the day on which the service that is used stops serving the model."""
        return self.vertex_ends if is_vertex else self.ends


class FamilyTable(_Row):
    """The whole table. `sources` says what the short names in its rows mean."""

    as_of: date
    sources: dict[str, str]
    families: tuple[Family, ...]
    models: tuple[ModelFacts, ...]


@cache
def family_table() -> FamilyTable:
    """Return the table, read once."""
    return FamilyTable.model_validate(tomllib.loads(TABLE.read_text(encoding="utf-8")))


GEMINI_DEFAULT = Family(title="other Gemini names", provider="gemini", api="generate")
OPENAI_DEFAULT = Family(title="other OpenAI names", provider="openai", api="responses")
COMPATIBLE_DEFAULT = Family(
    title="other models of compatible servers", provider="openai", api="chat", sampling=True
)


def find_family(provider: str, model: str, *, is_compatible: bool = False) -> Family:
    """Return the family of a model; a version newer than all known counts as the newest.

    Behind a compatible server any vendor's model may answer, so names of all families are known
    there, also with a gateway's prefix (`vertex_ai/gemini-3.8-flash`).
    """
    found = _family_named(model, provider="" if is_compatible else provider)
    if found is not None:
        return found
    if provider == "gemini":
        return GEMINI_DEFAULT
    return COMPATIBLE_DEFAULT if is_compatible else OPENAI_DEFAULT


def find_model(name: str) -> ModelFacts | None:
    """Return what is known of `provider:model`; a dated snapshot has the facts of its model."""
    provider, _, model = name.partition(":")
    bare = _bare(model)
    facts = {row.name: row for row in family_table().models}
    return facts.get(f"{provider}:{bare}") or facts.get(f"{provider}:{_SNAPSHOT.sub('', bare)}")


def end_notice(name: str, today: date, *, is_vertex: bool = False) -> str:
    """Return a sentence when a model ends within 60 days or has ended, else an empty one."""
    facts = find_model(name)
    end = facts.end(is_vertex=is_vertex) if facts else None
    if facts is None or end is None or (end - today).days > NOTICE_DAYS:
        return ""
    when = f"ends on {end}" if end >= today else f"ended on {end}"
    provider = name.partition(":")[0]
    after = f"; {provider}:{facts.successor} follows it" if facts.successor else ""
    return f"{name} {when}{after}"


@cache
def _family_named(model: str, *, provider: str) -> Family | None:
    named = _NAME.match(_bare(model))
    if named is None:
        return None
    series, written = named["series"], named["version"]
    if written is None and series != "gemini":
        # `gpt-oss`, `gpt-audio` and others belong to no line of the table.
        return None
    version = _version(written)
    parts = frozenset(named["rest"].split("-"))
    rows = [
        row
        for row in family_table().families
        if provider in {"", row.provider}
        and row.series == series
        and row.since <= version
        and (not row.variants or row.variants & parts)
    ]
    return max(rows, key=lambda row: (bool(row.variants), row.since), default=None)


def _bare(model: str) -> str:
    """Return a name without a gateway's prefix and without the marks of a fine-tuned model."""
    name = model.rpartition("/")[2].lower()
    return name.split(":")[1] if name.startswith("ft:") else name
