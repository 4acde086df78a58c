"""What a build or a new version of a document changes, and which questions it answers otherwise."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from knowledge.splitting import Part

Texts = Mapping[tuple[str, str], tuple[str, ...]]
"""Document id and version → the texts of its passages with their headings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A document that a build added, took away or changed; `version` is the newer one."""

    kind: Literal["new", "gone", "changed", "changed without a new version"]
    document: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The passages that only the older or only the newer version of a document has."""

    removed: tuple[str, ...]
    added: tuple[str, ...]


def texts_of(parts: Iterable[Part]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the passages by document and version."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for part in parts:
        key = (part.document, part.version)
        found[key] = (*found.get(key, ()), f"{part.heading}\n{part.text}")
    return found


def changes_between(before: Texts, after: Texts) -> tuple[Change, ...]:
    """Return the documents that differ, in the order of their ids."""
    ids = {name for name, _ in (*before, *after)}
    changes = (_change(name, _newest(before, name), _newest(after, name)) for name in sorted(ids))
    return tuple(change for change in changes if change)


def edited(before: Sequence[Part], after: Sequence[Part]) -> Edited:
    """Return what two versions of a document do not share, in reading order."""
    old = [f"{part.heading}\n{part.text}" for part in before]
    new = [f"{part.heading}\n{part.text}" for part in after]
    return Edited(
        removed=tuple(text for text in old if text not in new),
        added=tuple(text for text in new if text not in old),
    )


_Newest = tuple[str, tuple[str, ...]] | None


def _newest(texts: Texts, name: str) -> _Newest:
    versions = [(version, kept) for (document, version), kept in texts.items() if document == name]
    return max(versions, key=lambda found: int(found[0]), default=None)


def _change(name: str, before: _Newest, after: _Newest) -> Change | None:
    if after is None:
        return Change(kind="gone", document=name, version=before[0]) if before else None
    if before is None:
        return Change(kind="new", document=name, version=after[0])
    if before[0] != after[0]:
        return Change(kind="changed", document=name, version=after[0])
    if before[1] != after[1]:
        return Change(kind="changed without a new version", document=name, version=after[0])
    return None
