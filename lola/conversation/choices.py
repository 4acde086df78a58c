"""Reads "2", "la segunda" or a typed title as a tap on what was offered.

It makes buttons work on channels that have none, and for people who would rather type.
"""

from dataclasses import replace

from lola.domain.messages import ChoiceContent, Inbound, Option, TextContent
from lola.text.choices import chosen_index
from lola.text.folding import fold


def resolve_choice(message: Inbound, offered: tuple[Option, ...]) -> Inbound:
    """Return the message as a tap when its whole text names one offered option; else unchanged."""
    if not offered or not isinstance(message.content, TextContent):
        return message
    titles = [fold(option.title).split() for option in offered]
    index = chosen_index(fold(message.content.text).split(), titles)
    if index is None:
        return message
    option = offered[index]
    return replace(message, content=ChoiceContent(id=option.id, title=option.title))
