"""Reading "2", "la segunda" or a spelled-out title as a tap on what was offered.

It makes buttons work on channels that have none, and for people who would rather type.
"""

from dataclasses import replace

from lola.domain.messages import ChoiceContent, Inbound, Option, TextContent
from lola.text.folding import fold

ORDINALS = {
    "primero": 1, "primera": 1, "first": 1, "segundo": 2, "segunda": 2, "second": 2,
    "tercero": 3, "tercera": 3, "third": 3, "cuarto": 4, "cuarta": 4, "fourth": 4,
    "quinto": 5, "quinta": 5, "fifth": 5,
}  # fmt: skip
FILLERS = frozenset({"el", "la", "lo", "the", "opcion", "option", "numero", "number", "one", "por",
                     "favor", "please"})  # fmt: skip


def resolve_choice(message: Inbound, offered: tuple[Option, ...]) -> Inbound:
    """Answer the message as a tap when its whole text names one offered option; else unchanged."""
    if not offered or not isinstance(message.content, TextContent):
        return message
    option = _named(fold(message.content.text), offered)
    if option is None:
        return message
    return replace(message, content=ChoiceContent(id=option.id, title=option.title))


def _named(text: str, offered: tuple[Option, ...]) -> Option | None:
    by_title = {fold(option.title): option for option in offered}
    if text in by_title:
        return by_title[text]
    words = [word for word in text.split() if word not in FILLERS]
    if len(words) != 1:
        return None
    number = ORDINALS.get(words[0]) or (int(words[0]) if words[0] in _NUMBERS else 0)
    return offered[number - 1] if 1 <= number <= len(offered) else None


_NUMBERS = frozenset(str(number) for number in range(1, 11))
