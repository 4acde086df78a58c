"""Gives an answer its shape by rules: text, buttons, list or link (reference/lola.md 7).

What tools and agents declared decides the shape; limits always hold and no option is lost. Nothing
is added and no model is called; the sender's language comes with the turn.
"""

from collections.abc import Iterable

from lola.channel.labels import label_options
from lola.domain.messages import (
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
from lola.formatting.choices import extract_choices
from lola.formatting.markdown import plain_markdown
from lola.formatting.payout_emoji import add_payout_emoji
from lola.formatting.splitting import is_visible, split_text
from lola.text.wording import Wording


def format_answer(
    text: str,
    options: tuple[Option, ...],
    links: tuple[LinkTarget, ...],
    language: str,
    wording: Wording,
) -> tuple[Outbound, ...]:
    """Return the messages to send, in order; none when there is nothing to say.

    One to three options become buttons, more a list of ten; what does not fit the list is written
    out above it. A text of more than 1,024 characters becomes several messages, the last of which
    carries the options or links.
    """
    body = plain_markdown(text, {link.url for link in links})
    if not options and not links:
        body, options = extract_choices(body)
    options = label_options((option.id, option.title) for option in options)
    body = add_payout_emoji(body)
    if links:
        parts = split_text(body) or (wording("enhancement.open_link", language),)
        *first, last = parts
        linked = (*_texts(first), LinkMessage(content=last, links=links))
        return (*linked, *_choices("", options, language, wording)) if options else linked
    if options:
        return _choices(body, options, language, wording)
    return _texts(split_text(body))


def _texts(parts: Iterable[str]) -> tuple[Outbound, ...]:
    return tuple(TextMessage(content=part) for part in parts)


def _choices(
    body: str, options: tuple[Option, ...], language: str, wording: Wording
) -> tuple[Outbound, ...]:
    written_out = "\n".join(
        f"{number}. {option.title}"
        for number, option in enumerate(options[MAX_SELECT:], MAX_SELECT + 1)
    )
    question = body if is_visible(body) else wording("enhancement.choose", language)
    *first, last = split_text("\n\n".join(part for part in (question, written_out) if part))
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
