"""Finds a list of choices at the end of an answer, so that it can be sent as buttons or rows."""

import re
from dataclasses import dataclass

from lola.channel.labels import label_options, plain
from lola.domain.messages import Option

_ITEM = re.compile(
    r"\A[ \t]*+(?:(?P<number>\d{1,2})[.)]|\d\ufe0f?\u20e3|[-•–])[ \t]++(?P<title>\S.*)"
)
_LONGEST_TITLE = 60
_FEWEST_ITEMS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _EndingList:
    """A list at the end of a text, with the text before it and a question after it, if any."""

    before: str
    titles: tuple[str, ...]
    question: str
    is_numbered: bool

    @property
    def offers_choices(self) -> bool:
        """Return whether the items are choices: a question or a colon asks for one."""
        is_asked = bool(self.question) or self.before.endswith("?")
        is_asked = is_asked or (self.before.endswith(":") and self.is_numbered)
        return len(self.titles) >= _FEWEST_ITEMS and is_asked and all(map(_is_title, self.titles))

    @property
    def text_without(self) -> str:
        """The text without the list."""
        return "\n\n".join(part for part in (self.before, self.question) if part)


def extract_choices(text: str) -> tuple[str, tuple[Option, ...]]:
    """Return the text without a list of choices at its end, and the choices as options.

    A list counts as choices when a question asks for one; a numbered list also after a colon. The
    list stays in the text where a label had to be shortened. Without choices: the text and ().
    """
    found = _ending_list(text)
    if not found.offers_choices:
        return text, ()
    options = label_options((title, title) for title in found.titles)
    labels = [option.title for option in options]
    if labels != [plain(title) for title in found.titles]:
        return text, options
    return found.text_without, options


def _ending_list(text: str) -> _EndingList:
    lines = text.rstrip().split("\n")
    question = ""
    if not _ITEM.fullmatch(lines[-1]) and lines[-1].rstrip().endswith("?"):
        question = lines.pop()
    items: list[re.Match[str]] = []
    while lines and ((match := _ITEM.fullmatch(lines[-1])) or not lines[-1].strip()):
        if match:
            items.append(match)
        lines.pop()
    items.reverse()
    return _EndingList(
        before="\n".join(lines).rstrip(),
        titles=tuple(item["title"].strip() for item in items),
        question=question,
        is_numbered=bool(items) and items[0]["number"] is not None,
    )


def _is_title(text: str) -> bool:
    return (
        len(text) <= _LONGEST_TITLE
        and not text.rstrip("* ").endswith((".", ":", ";"))
        and ": " not in text
        and bool(plain(text))
    )
