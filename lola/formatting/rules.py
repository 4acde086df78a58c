"""An answer in its best shape: text, buttons, select or link (reference/lola.md 7).

Deterministic: what tools and agents declared decides the shape, limits hold by construction, and
no option is ever lost. It adds no facts and calls no model; the sender's language comes with the
turn.
"""

import re

from lola.channel.labels import label_options, plain
from lola.domain.messages import (
    CONTENT_LIMIT,
    MAX_BUTTONS,
    MAX_SELECT,
    ButtonsMessage,
    LinkMessage,
    LinkTarget,
    Option,
    Outbound,
    SelectMessage,
    TextMessage,
)
from lola.formatting.markdown import plain_markdown
from lola.text.wording import Wording

# Where a long text is cut, best place first; the mark stays with the first half.
_BORDERS = (re.compile(r"\n\n"), re.compile(r"\n"), re.compile(r"[.!?…](?=\s)"), re.compile(r"\s"))
_SMALLEST_PIECE = 200

_ITEM = re.compile(r"[ \t]*(?:(?P<number>\d{1,2})[.)]|\d\ufe0f?\u20e3|[-•–])[ \t]+(?P<title>\S.*)")
_LONGEST_ITEM = 60
_FEWEST_ITEMS = 2

# reference/lola.md 7: the emoji for a payout method, once, behind its first mention.
_HINTS = (
    (
        "💸",
        (
            r"(?:retir\w+|cobr\w+|recog\w+|entreg\w+|pago) (?:el dinero |tu dinero )?en efectivo|"
            r"cash pick-?\s?up|pick(?:ed)? up (?:the |your )?cash"
        ),
    ),
    (
        "🏦",
        (
            r"(?:cuenta|dep[oó]sito|transferencia) bancari[ao]|cuenta de banco|"
            r"dep[oó]sito a cuenta|bank (?:account|deposit)"
        ),
    ),
    (
        "💳",
        (
            r"(?:pag\w+ con )?tarjeta de (?:d[eé]bito|cr[eé]dito)|pag\w+ con tarjeta|"
            r"(?:debit|credit) card|card payment|pay(?:ing)? (?:by|with) card"
        ),
    ),
)
_HINT_PATTERNS = tuple(
    (emoji, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for emoji, words in _HINTS
)


def format_answer(
    text: str,
    options: tuple[Option, ...],
    links: tuple[LinkTarget, ...],
    language: str,
    wording: Wording,
) -> tuple[Outbound, ...]:
    """Return the messages to send, in order; none when there is nothing to say.

    One to three options become buttons, more a list of ten; what does not fit the list is written
    out above it. A text of more than 1,024 characters goes out in several messages, the last of
    which carries the options or links.
    """
    body = plain_markdown(text, {link.url for link in links})
    if not options and not links:
        body, options = options_in(body)
    options = label_options((option.id, option.title) for option in options)
    body = with_hints(body)
    if links:
        pieces = split(body) or (wording("enhancement.open_link", language),)
        *first, last = pieces
        linked = (*_texts(first), LinkMessage(content=last, links=links))
        return (*linked, *_choices("", options, language, wording)) if options else linked
    if options:
        return _choices(body, options, language, wording)
    return _texts(split(body))


def options_in(text: str) -> tuple[str, tuple[Option, ...]]:
    """Read a list of choices at the end of a text; return the rest of the text and the options.

    A list counts as choices when a question asks for one; numbered ones also behind a colon. The
    list stays in the text where a label had to be shortened.
    """
    lines = text.rstrip().split("\n")
    tail: list[str] = []
    if not _ITEM.fullmatch(lines[-1]) and lines[-1].rstrip().endswith("?"):
        tail = [lines.pop()]
    items: list[re.Match[str]] = []
    while lines and ((match := _ITEM.fullmatch(lines[-1])) or not lines[-1].strip()):
        if match:
            items.insert(0, match)
        lines.pop()
    titles = [item["title"].strip() for item in items]
    intro = "\n".join(lines).rstrip()
    asked = bool(tail) or intro.endswith("?") or (intro.endswith(":") and bool(items[0:1]) and (
        items[0]["number"] is not None
    ))  # fmt: skip
    if len(items) < _FEWEST_ITEMS or not asked or not all(map(_is_choice, titles)):
        return text, ()
    options = label_options((title, title) for title in titles)
    if len(options) != len(titles) or any(
        option.title != plain(title) for option, title in zip(options, titles, strict=True)
    ):
        return text, options
    return "\n\n".join(part for part in (intro, *tail) if part), options


def with_hints(text: str) -> str:
    """Put the emoji of a payout method behind its first mention, unless it is there already."""
    for emoji, pattern in _HINT_PATTERNS:
        if emoji not in text:
            text = pattern.sub(rf"\g<0> {emoji}", text, count=1)
    return text


def split(text: str, limit: int = CONTENT_LIMIT) -> tuple[str, ...]:
    """Cut a text into pieces of at most `limit` characters at paragraph, line, sentence or word.

    Answers nothing for a text that shows nothing.
    """
    pieces: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        cut = _cut(rest, limit)
        pieces.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    pieces.append(rest)
    return tuple(_balanced(piece) for piece in pieces if _shows_something(piece))


def _cut(text: str, limit: int) -> int:
    for border in _BORDERS:
        ends = [match.end() for match in border.finditer(text, 0, limit)]
        if ends and ends[-1] >= min(_SMALLEST_PIECE, limit // 2):
            return ends[-1]
    return limit


def _balanced(piece: str) -> str:
    """A cut through bold words leaves a mark without its partner; then the bold goes."""
    return piece.replace("**", "") if piece.count("**") % 2 else piece


def _shows_something(text: str) -> bool:
    return any(letter.isprintable() and not letter.isspace() for letter in text)


def _is_choice(title: str) -> bool:
    return (
        len(title) <= _LONGEST_ITEM
        and not title.rstrip("* ").endswith((".", ":", ";"))
        and ": " not in title
        and bool(plain(title))
    )


def _texts(pieces: tuple[str, ...] | list[str]) -> tuple[Outbound, ...]:
    return tuple(TextMessage(content=piece) for piece in pieces)


def _choices(
    body: str, options: tuple[Option, ...], language: str, wording: Wording
) -> tuple[Outbound, ...]:
    listed = "\n".join(
        f"{number}. {option.title}"
        for number, option in enumerate(options[MAX_SELECT:], MAX_SELECT + 1)
    )
    question = body if _shows_something(body) else wording("enhancement.choose", language)
    *first, last = split("\n\n".join(part for part in (question, listed) if part))
    if len(options) <= MAX_BUTTONS:
        return (*_texts(first), ButtonsMessage(content=last, options=options))
    return (
        *_texts(first),
        SelectMessage(
            content=last,
            options=options[:MAX_SELECT],
            list_title=wording("enhancement.list_title", language),
            button=wording("enhancement.list_button", language),
        ),
    )
