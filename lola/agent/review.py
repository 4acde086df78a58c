"""What the output guard checks a model's reply against, and the buttons of that reply."""

from collections.abc import Iterable, Sequence

from lola.agent.context import earlier_words, turn_data
from lola.channel.labels import label_options
from lola.domain.messages import Option
from lola.domain.passages import Passage
from lola.domain.turn import Turn
from lola.models.chat import ModelMessage, ModelReply, ToolMessage, UserMessage
from lola.safety.output.findings import Finding
from lola.safety.output.grounding import Sources
from lola.safety.output.guard import OutputGuard, Verdict

NO_TEXT = Finding(guard="silence", excerpt="", why="answer in words, no tool can be called now")
"""For a model that called tools although it was offered none."""


def review(
    reply: ModelReply, guard: OutputGuard, sources: Sources, *, language: str, system: str
) -> Verdict:
    """Return the guard's verdict on a reply's text and the titles of its choices."""
    if not reply.text.strip():
        return Verdict(details=(NO_TEXT,))
    shown = "\n".join((reply.text, *reply.choices))
    return guard.review(shown, sources, language, system=system)


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
        sender_words="\n".join(
            (
                *earlier_words(turn),
                *(item.text for item in heard if isinstance(item, UserMessage)),
            )
        ),
        links=tuple(ticket.short_url for ticket in turn.session.tickets),
    )


def options_named(titles: Iterable[str], known: Iterable[Option]) -> tuple[Option, ...]:
    """Return the options a model named by title: known ones keep their id, others get their own."""
    by_title = {option.title.casefold(): option for option in known}
    return tuple(
        by_title.get(title.casefold()) or label_options(((title, title),))[0] for title in titles
    )
