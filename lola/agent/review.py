"""What the output guard checks a model's reply against, and the buttons of that reply."""

from collections.abc import Iterable, Iterator, Sequence

from lola.agent.context import earlier_words, turn_data
from lola.channel.labels import label_options
from lola.domain.messages import Option
from lola.domain.passages import Passage
from lola.domain.turn import Turn
from lola.formatting.markdown import plain_markdown
from lola.formatting.splitting import is_visible
from lola.models.chat import ModelMessage, ModelReply, ToolMessage, ToolSchema, UserMessage
from lola.safety.output.findings import Finding
from lola.safety.output.grounding import Sources
from lola.safety.output.guard import MAX_REPLY, OutputGuard, Verdict

NO_TEXT = Finding(guard="silence", excerpt="", why="answer in words, no tool can be called now")
"""For a model that called tools although it was offered none, or wrote nothing visible."""
MAX_HEARD = 8_192
"""Characters of the sender's newest words that a reply may echo: two messages of the longest kind.
Figures of older ones are in the draft and the tickets, or the sender says them again.
"""


def review(
    reply: ModelReply,
    guard: OutputGuard,
    sources: Sources,
    *,
    language: str,
    system: str,
    tools: str = "",
) -> Verdict:
    """Return the guard's verdict on a reply's text and the titles of its choices.

    `system` and `tools` are what the model was told, which it must not repeat.
    """
    shown = "\n".join((reply.text, *reply.choices))
    if len(shown) <= MAX_REPLY and not is_visible(plain_markdown(reply.text)):
        return Verdict(details=(NO_TEXT,))
    return guard.review(shown, sources, language, system=system, tools=tools)


def described(schemas: Iterable[ToolSchema]) -> str:
    """Return the names and descriptions of tools, one after the other."""
    return "\n".join(text for schema in schemas for text in _descriptions(schema))


def _descriptions(schema: ToolSchema) -> Iterator[str]:
    yield f"{schema.name} {schema.description}"
    for name, argument in schema.parameters.get("properties", {}).items():
        yield f"{name} {argument.get('description', '')}"


def sources_of(
    turn: Turn,
    *,
    heard: Sequence[ModelMessage],
    steps: Sequence[ModelMessage],
    passages: Sequence[Passage],
) -> Sources:
    """Return everything that a reply may take facts from (docs/safety.md G6).

    `heard` are the history and the sender's message; only their text counts. Tool results count
    from `steps`, the messages of this turn: those of earlier turns may be out of date.
    """
    data = turn_data(turn, ())
    return Sources(
        tool_results=tuple(item.result for item in steps if isinstance(item, ToolMessage)),
        facts=({"draft": data["draft"], "tickets": data["tickets"]},),
        passages=tuple(passage.text for passage in passages),
        sender_words=_newest(
            (
                *earlier_words(turn),
                *(item.text for item in heard if isinstance(item, UserMessage)),
            )
        ),
        links=tuple(ticket.short_url for ticket in turn.session.tickets),
    )


def _newest(texts: Iterable[str]) -> str:
    """Return the end of all texts, at most `MAX_HEARD` characters, from the beginning of a word."""
    said = "\n".join(texts)
    if len(said) <= MAX_HEARD:
        return said
    kept = said[-MAX_HEARD - 1 :]
    # A number that is cut in two would be another number.
    return kept.lstrip() if kept[0].isspace() else " ".join(kept.split(maxsplit=1)[1:])


def options_named(titles: Iterable[str], known: Iterable[Option]) -> tuple[Option, ...]:
    """Return the options a model named by title: known ones keep their id, others get their own."""
    by_title = {option.title.casefold(): option for option in known}
    return tuple(
        by_title.get(title.casefold()) or label_options(((title, title),))[0] for title in titles
    )
