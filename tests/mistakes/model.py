"""A chat model that does right what the offline model does, and then makes one typical mistake."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lola.models.chat import (
    AssistantMessage,
    DataMessage,
    ModelReply,
    ModelRequest,
    ToolMessage,
    UserMessage,
)
from lola.models.offline import OfflineModel


@dataclass(slots=True, kw_only=True)
class Memory:
    """What the model did in one conversation: how often it erred, and what must not come out."""

    made: int = 0
    forbidden: list[str] = field(default_factory=list)
    quotes: list[Mapping[str, Any]] = field(default_factory=list)
    draft_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One moment: what the model was asked, what would be right, and what it did so far."""

    request: ModelRequest
    right: ModelReply
    memory: Memory

    @property
    def data(self) -> Mapping[str, Any]:
        """The facts of this turn."""
        found = (item.data for item in self.request.messages if isinstance(item, DataMessage))
        return next(found, {})

    @property
    def draft(self) -> Mapping[str, Any]:
        """The open draft; empty without one."""
        return self.data.get("draft") or {}

    @property
    def tools(self) -> frozenset[str]:
        """The names of the tools that exist now."""
        return frozenset(tool.name for tool in self.request.tools)

    @property
    def is_first_ask(self) -> bool:
        """Return whether nothing was called in this turn yet."""
        return not isinstance(self.request.messages[-1], ToolMessage | AssistantMessage)

    def said(self, es: str, en: str) -> str:
        """Return a sentence in the sender's language, which no sender may ever see."""
        text = {"es": es, "en": en}[self.request.language]
        self.memory.forbidden.append(text)
        return text

    def calls(self, name: str) -> bool:
        """Return whether it is right to call this tool now."""
        return any(call.name == name for call in self.right.calls)


Mistake = Callable[[Case], ModelReply | None]
"""Returns the wrong reply, None when this moment gives no opportunity."""


class MistakenModel:
    """Makes `mistake` up to `times` times in each conversation, and is right otherwise.

    A conversation is known by its first words, so those that run at once must begin differently.
    """

    name = "mistaken"

    def __init__(self, mistake: Mistake, *, times: int) -> None:
        self._right = OfflineModel()
        self._mistake = mistake
        self._times = times
        self._memories: dict[str, Memory] = {}

    def memory(self, first_words: str) -> Memory:
        """Return what was done in the conversation that began with these words."""
        return self._memories.setdefault(first_words, Memory())

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Reply rightly or wrongly."""
        said = (item.text for item in request.messages if isinstance(item, UserMessage))
        memory = self.memory(next(said, ""))
        right = await self._right.complete(request)
        case = Case(request=request, right=right, memory=memory)
        wrong = self._mistake(case) if memory.made < self._times else None
        _remember(case)
        if wrong is None:
            return right
        memory.made += 1
        return wrong

    async def close(self) -> None:
        """Do nothing."""


def _remember(case: Case) -> None:
    draft = case.draft
    if draft and draft["id"] not in case.memory.draft_ids:
        case.memory.draft_ids.append(draft["id"])
        case.memory.quotes.append(draft["quote"])
