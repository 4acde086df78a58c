"""The chains of the audit trail: one per shard, each entry bound to the one before it.

One chain for all would have to be one key, which every commit of a cluster would wait for; one per
conversation would let a whole conversation disappear. A chain per shard is appended to by the
script that commits a turn, in the same round trip. Nothing here needs Redis.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from lola.domain.messages import JsonObject

AUDIT_SECONDS: Final = 90 * 24 * 60 * 60
CHAIN: Final = f"local AUDIT_SECONDS = {AUDIT_SECONDS}\n" + (
    Path(__file__).with_name("chain.lua").read_text(encoding="utf-8")
)
"""Lua source that is put in front of every script that appends."""
START: Final = "0" * 64
"""What the first entry of a chain names as the link before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a chain, as it is stored and shipped."""

    chain: int
    seq: int
    previous: str
    link: str
    line: str

    def to_json(self) -> JsonObject:
        """Return the form in which an entry is shipped."""
        return {
            "chain": self.chain,
            "seq": self.seq,
            "previous": self.previous,
            "link": self.link,
            "line": self.line,
        }


def entry_from(fields: Mapping[str, object]) -> Entry:
    """Read a shipped entry. Raises KeyError or ValueError."""
    return Entry(
        chain=int(str(fields["chain"])),
        seq=int(str(fields["seq"])),
        previous=str(fields["previous"]),
        link=str(fields["link"]),
        line=str(fields["line"]),
    )


def link_of(previous: str, line: str) -> str:
    """Return the link of a line behind the entry with the link `previous`."""
    return sha256(bytes.fromhex(previous) + sha256(line.encode()).digest()).hexdigest()


@dataclass(slots=True, kw_only=True)
class Findings:
    """What a verification read, and each fault that it found, in words."""

    entries: int = 0
    faults: list[str] = field(default_factory=list)
    heads: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Chain → number and link of its last entry."""


class Verifier:
    """Verifies chains whose entries come in order, one by one; the chains may be mixed.

    `anchors` are chain, number and link of entries that were seen before: they show a cut end, and
    a chain that was written anew from some entry on. An entry that comes twice in the same form is
    no fault, since shipping may repeat.
    """

    def __init__(self, anchors: Iterable[tuple[int, int, str]] = ()) -> None:
        self._wanted = {(chain, seq): link for chain, seq, link in anchors}
        self._first: dict[int, int] = {}
        self._found = Findings()

    def add(self, entry: Entry) -> None:
        """Verify the next entry."""
        found = self._found
        found.entries += 1
        self._first.setdefault(entry.chain, entry.seq)
        found.faults += _faults_of(entry, found.heads.get(entry.chain))
        seen = self._wanted.pop((entry.chain, entry.seq), entry.link)
        if seen != entry.link:
            found.faults.append(f"{_name(entry)} is another one than was seen before")
        if entry.seq >= found.heads.get(entry.chain, (0, ""))[0]:
            found.heads[entry.chain] = (entry.seq, entry.link)

    def finish(self, starts: Mapping[int, int] | None = None) -> Findings:
        """Return what was found, once every entry was added.

        `starts` has the number of the oldest entry that each chain must still have; without it a
        chain may begin anywhere.
        """
        for chain, start in (starts or {}).items():
            if (first := self._first.get(chain, start)) > start:
                self._found.faults.append(
                    f"chain {chain} begins with entry {first} instead of {start}: removed"
                )
        for chain, seq in sorted(self._wanted):
            # An entry older than the first one kept was dropped for its age.
            if seq >= self._first.get(chain, 0):
                self._found.faults.append(
                    f"chain {chain} ends before entry {seq}, which was seen before"
                )
        return self._found


def verify(
    entries: Iterable[Entry],
    *,
    starts: Mapping[int, int] | None = None,
    anchors: Iterable[tuple[int, int, str]] = (),
) -> Findings:
    """Return what is wrong with chains that fit into memory."""
    verifier = Verifier(anchors)
    for entry in entries:
        verifier.add(entry)
    return verifier.finish(starts)


def _faults_of(entry: Entry, before: tuple[int, str] | None) -> Iterator[str]:
    if entry.link != _expected(entry):
        yield f"{_name(entry)} was changed"
    if before is None:
        if entry.seq == 1 and entry.previous != START:
            yield f"{_name(entry)} was changed"
    elif entry.seq <= before[0]:
        if (entry.seq, entry.link) != before:
            yield f"{_name(entry)} comes after entry {before[0]}: reordered or repeated"
    elif entry.seq > before[0] + 1:
        yield f"chain {entry.chain} has no entries {before[0] + 1} to {entry.seq - 1}: removed"
    elif entry.previous != before[1]:
        yield f"{_name(entry)} does not follow the entry before it: changed or reordered"


def _expected(entry: Entry) -> str:
    try:
        return link_of(entry.previous, entry.line)
    except ValueError:
        return ""


def _name(entry: Entry) -> str:
    return f"entry {entry.seq} of chain {entry.chain}"


def read_file(path: Path) -> Iterator[Entry]:
    """Yield the entries of a shipped file. Raises ValueError with the number of a bad line."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield entry_from(json.loads(line))
            except (ValueError, KeyError, TypeError):
                raise ValueError(f"line {number} of the file is no audit entry") from None
