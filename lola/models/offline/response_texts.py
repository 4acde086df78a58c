"""The texts of the offline model: catalogue sentences, lists in words, shortened passages.

A sentence of the catalogue holds no figure of its own; each figure is passed in as a value.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from lola.text.countries import country_name
from lola.text.wording import Wording

RESPONSES = Path(__file__).parent / "responses"
LONGEST_PASSAGE = 600
_SENTENCE_ENDS = (". ", "? ", "! ", ".\n", "\n")
_RULE = frozenset("|-: ")
_LIST_MARK = re.compile(r"^(?:[-*•] |(?P<number>\d{1,2})[.)] )")
_NAME = 30
_OPENINGS = frozenset(
    {"a", "any", "de", "desde", "el", "en", "entre", "from", "hasta", "in", "la", "listo", "only",
     "ready", "solo", "the", "un", "una", "unos", "unas", "up", "within", "about", "cualquier"}
)  # fmt: skip


class ResponseTexts:
    """The catalogue sentences in one language. Call it with a key and the placeholders."""

    def __init__(self, wording: Wording, language: str) -> None:
        self._wording = wording
        self._known = frozenset(wording.keys())
        self.language = language

    def __call__(self, key: str, **values: object) -> str:
        """Return the sentence of a key."""
        return self._wording(key, self.language, **values)

    def knows(self, key: str) -> bool:
        """Return whether the catalogue has a sentence for this key."""
        return key in self._known

    def country(self, code: str) -> str:
        """Return the name of a country."""
        return country_name(code, self.language)

    def method(self, method: str) -> str:
        """Return a payout method as a title."""
        key = f"choice.{method}"
        return self(key) if self.knows(key) else method.replace("_", " ")

    def listing(self, items: Iterable[str]) -> str:
        """Return the items as a list in words: `a, b y c`."""
        names = list(items)
        if len(names) < 2:
            return "".join(names)
        last = names[-1]
        joiner = "and"
        if self.language != "en":
            joiner = "e" if last.lower().startswith(("i", "hi")) else "y"
        return f"{', '.join(names[:-1])} {joiner} {last}"


def shortened(text: str, limit: int = LONGEST_PASSAGE) -> str:
    """Return at most `limit` characters of a text, cut after a sentence where possible."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    cut = max(head.rfind(end) + 1 for end in _SENTENCE_ENDS)
    return head[:cut].rstrip() if cut > 0 else f"{head[: head.rfind(' ')]}…"


def plain_words(text: str) -> str:
    """Return the text without headings, bold, list marks and tables, which chats do not render.

    A list before a question would look like choices.
    """
    lines: list[str] = []
    header: Sequence[str] = ()
    for line in map(str.strip, text.replace("**", "").splitlines()):
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if header and not set(line) <= _RULE:
                lines.append(_row(list(zip(header, cells, strict=False))))
            header = header or cells
            continue
        header = ()
        if not line.startswith("#"):
            lines.append(_LIST_MARK.sub(_soft_mark, line))
    return _rows_in_one_line("\n".join(lines).strip())


def _soft_mark(mark: re.Match[str]) -> str:
    return f"{mark['number']} · " if mark["number"] else "· "


def _rows_in_one_line(text: str) -> str:
    """Join a table row that was split into `name: value` lines."""
    pairs = [line.partition(": ") for line in text.splitlines()]
    if len(pairs) < 2 or not all(value and len(name) < _NAME for name, _, value in pairs):
        return text
    return _row([(name, value) for name, _, value in pairs])


def _row(pairs: Sequence[tuple[str, str]]) -> str:
    """Write a row of two cells as a sentence, a longer one with the names of its columns."""
    (_, first), *rest = pairs
    if len(rest) == 1 and rest[0][1]:
        return f"{first}: {_inside(rest[0][1])}".rstrip(".") + "."
    return " · ".join((first, *(f"{name}: {value}" for name, value in rest if value)))


def _inside(text: str) -> str:
    """Write a cell as the middle of a sentence: a known function word loses its capital."""
    word = text.split(" ", 1)[0].lower()
    return text[:1].lower() + text[1:] if word in _OPENINGS else text
