"""The offline model's own voice: catalogue sentences, lists in words, passages cut to size.

Sentences hold no figures of their own; whatever figure is said comes in as a value.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from lola.countries import country_name
from lola.wording import Wording

PHRASES = Path(__file__).parent / "phrases"
LONGEST_PASSAGE = 600
_SENTENCE_ENDS = (". ", "? ", "! ", ".\n", "\n")
_RULE = frozenset("-: ")


class Voice:
    """Says catalogue sentences in one language."""

    def __init__(self, wording: Wording, language: str) -> None:
        self._wording = wording
        self._known = frozenset(wording.keys())
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        """Answer the sentence of a key."""
        return self._wording(key, self.language, **values)

    def knows(self, key: str) -> bool:
        """Whether the catalogue has a sentence for this key."""
        return key in self._known

    def country(self, code: str) -> str:
        """Answer the name of a country."""
        return country_name(code, self.language)

    def method(self, method: str) -> str:
        """Answer a payout method as a title."""
        key = f"choice.{method}"
        return self(key) if self.knows(key) else method.replace("_", " ")

    def listing(self, items: Iterable[str]) -> str:
        """Answer `a, b y c`."""
        names = list(items)
        if len(names) < 2:
            return "".join(names)
        last = names[-1]
        joiner = "and"
        if self.language != "en":
            joiner = "e" if last.lower().startswith(("i", "hi")) else "y"
        return f"{', '.join(names[:-1])} {joiner} {last}"


def shortened(text: str, limit: int = LONGEST_PASSAGE) -> str:
    """Answer a passage as chat text of at most `limit` characters, cut at a sentence border."""
    plain = _plain(text)
    if len(plain) <= limit:
        return plain
    head = plain[:limit]
    cut = max(head.rfind(end) + 1 for end in _SENTENCE_ENDS)
    return head[:cut].rstrip() if cut > 0 else f"{head[: head.rfind(' ')]}…"


def _plain(text: str) -> str:
    """Undo headings, bold marks and table rows, which a chat would show as they are."""
    lines: list[str] = []
    header: Sequence[str] = ()
    for line in text.replace("**", "").splitlines():
        stripped = line.strip()
        if stripped.startswith("|"):
            cells = [cell.strip() for cell in stripped.strip("|").split("|")]
            if set(stripped) <= _RULE | {"|"}:
                continue
            if not header:
                header = cells
                continue
            pairs = zip(header, cells, strict=False)
            lines.append("; ".join(f"{name}: {cell}" for name, cell in pairs if cell))
            continue
        header = ()
        if not stripped.startswith("#"):
            lines.append(stripped)
    return "\n".join(lines).strip()
