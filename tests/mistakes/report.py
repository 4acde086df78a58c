"""The table of a run: a line for each mistake, its columns for each wire."""

from collections.abc import Iterator, Sequence

from tests.mistakes.mistakes import MISTAKES
from tests.mistakes.play import Conversation
from tests.mistakes.wires import WIRES

HEAD = ("mistake", *(f"{wire}: {name}" for wire in WIRES for name in (
    "conversations", "made", "refused", "reached", "broken"
)))  # fmt: skip


def lines(played: Sequence[Conversation]) -> Iterator[tuple[str, ...]]:
    """Yield a line for each mistake that was played, in their order."""
    for name in MISTAKES:
        found = [one for one in played if one.mistake == name]
        if found:
            cells = (cell for wire in WIRES for cell in _cells(found, wire))
            yield (name.replace("_", " "), *cells)


def markdown(played: Sequence[Conversation]) -> str:
    """Return the table for docs/model-mistakes.md."""
    rows = (HEAD, ("---",) * len(HEAD), *lines(played))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(played: Sequence[Conversation], wire: str) -> Iterator[str]:
    found = [one for one in played if one.wire == wire]
    yield str(len(found))
    yield str(sum(one.made for one in found))
    yield str(sum(one.refused for one in found))
    yield str(sum(one.reached for one in found))
    yield str(sum(len(one.violations) for one in found))
