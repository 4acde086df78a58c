"""One request as the policy sees it: facts, state, draft, passages, and the tools to call.

`call` returns a tool's result of this turn. When there is none yet, it raises `ToolNeeded` and the
model replies with that call; the same request then comes back with the result, and the same
decision gets one step further.
"""

from typing import Any

from lola.domain.messages import JsonObject
from lola.models.chat import AssistantMessage, ModelRequest, ToolCall, UserMessage
from lola.models.offline.dialogue.checkpoints import Checkpoints
from lola.models.offline.dialogue.facts import (
    Entry,
    Exchange,
    exchanges,
    read_facts,
    this_turn,
    turn_data,
)
from lola.models.offline.dialogue.main_intent import PRIORITY, main_intent
from lola.models.offline.dialogue.slots import NEEDED_FOR, arguments, goal_of, open_slot, settle
from lola.models.offline.dialogue.tracker import Played, replay
from lola.models.offline.nlu.learned import is_sure
from lola.models.offline.response_texts import ResponseTexts

FAILED: JsonObject = {"error": "not offered"}


class ToolNeeded(Exception):  # noqa: N818 - it asks for a result, it is no failure
    """Raised when the reply depends on results that are not there yet."""

    def __init__(self, *calls: ToolCall) -> None:
        super().__init__("a tool must be called first")
        self.calls = calls


class View:
    """Everything that one decision may look at. Built anew for each request."""

    def __init__(
        self,
        request: ModelRequest,
        texts: ResponseTexts,
        kept: Checkpoints[Played] | None = None,
    ) -> None:
        self.texts = texts
        self.offered = frozenset(tool.name for tool in request.tools)
        self.goal = goal_of(request.tools)
        self.facts = read_facts(request.messages)
        self.now: tuple[Exchange, ...] = tuple(exchanges(this_turn(request.messages)))
        self.past: tuple[Exchange, ...] = tuple(exchanges(request.messages))
        data = turn_data(request.messages)
        self.draft: JsonObject | None = data.get("draft")
        self.tickets: list[Any] = data.get("tickets") or []
        self.passages: list[Entry] = data.get("passages") or []
        self.first_name = str((data.get("sender") or {}).get("first_name", ""))
        self.has_finding = bool(data.get("finding"))
        self.options_before = _options_before(request)
        self.is_first = not any(isinstance(item, AssistantMessage) for item in request.messages)
        self._numbers = _next_number(request)
        has_forms = "get_recipients" in self.offered
        linked = next((one for one in reversed(self.tickets) if one.get("terms")), None)
        self.state = replay(
            request.messages,
            self.goal,
            self.facts,
            self.draft,
            linked=linked,
            has_forms=has_forms,
            kept=kept,
        )
        self.settled = settle(self.state, self.facts)

    @property
    def main_intent(self) -> str:
        """What the newest message is mainly about; empty when it only gives values."""
        busy = self.is_busy
        intents = {main_intent(meaning, busy=busy) for meaning in self.state.meanings}
        return next((name for name in PRIORITY if name in intents), "")

    @property
    def is_busy(self) -> bool:
        """Return whether a transfer is being prepared."""
        return self.state.goal or self.state.prepared is not None or bool(self.state.form)

    @property
    def waits(self) -> bool:
        """Return whether a question of the sender still lacks a value."""
        return self.lacks(*NEEDED_FOR.get(self.state.wants, ()))

    def lacks(self, *names: str) -> bool:
        """Return whether one of these values is not known."""
        return any(not self.settled.get(name) for name in names)

    @property
    def slot(self) -> str:
        """What the sender is to be asked next; empty when nothing is missing."""
        return open_slot(self.state, self.settled, self.goal, self.facts)

    @property
    def is_current(self) -> bool:
        """Return whether the open draft says what the sender wants now."""
        return (
            self.draft is not None
            and self.goal is not None
            and self.state.prepared == arguments(self.settled, self.goal)
        )

    def says(self, *intents: str) -> bool:
        """Return whether the newest message shows any of these intents."""
        return any(meaning.has(*intents) for meaning in self.state.meanings)

    def is_about(self, label: str) -> bool:
        """Return whether a sentence of the newest message has this label of the classifier."""
        sentences = [item for meaning in self.state.meanings for item in meaning.sentences]
        return any(item.label == label and is_sure(item) for item in sentences)

    def asks(self) -> bool:
        """Return whether the newest message holds a question."""
        return any(meaning.question for meaning in self.state.meanings)

    def tried(self, name: str) -> Exchange | None:
        """Return the last exchange with a tool in this turn; None when it was not called."""
        return next((item for item in reversed(self.now) if item.call.name == name), None)

    def need(self, *wanted: tuple[str, JsonObject]) -> None:
        """Call these tools together, except those not offered or called already in this turn."""
        fresh = [
            (name, values)
            for name, values in wanted
            if name in self.offered and self._result(name, values) is None
        ]
        if fresh:
            raise ToolNeeded(
                *(
                    ToolCall(id=f"{name}_{self._numbers + at}", name=name, arguments=values)
                    for at, (name, values) in enumerate(fresh)
                )
            )

    def call(self, name: str, **values: Any) -> JsonObject:
        """Return a tool's result of this turn; an object with `error` when it is not offered."""
        self.need((name, values))
        return self._result(name, values) or FAILED

    def country(self, code: str = "") -> str:
        """Return a country's name in the sender's language."""
        code = code or self.settled.get("country")
        entry = (self.facts.countries or {}).get(code, {})
        return str(entry.get("name") or self.texts.country(code))

    def _result(self, name: str, values: JsonObject) -> JsonObject | None:
        for item in self.now:
            if item.call.name == name and item.call.arguments == values:
                return item.result
        return None


def _options_before(request: ModelRequest) -> tuple[str, ...]:
    """Return what was offered just before the newest message."""
    options: tuple[str, ...] = ()
    last = max(
        (at for at, item in enumerate(request.messages) if isinstance(item, UserMessage)), default=0
    )
    for message in request.messages[:last]:
        if isinstance(message, UserMessage):
            options = ()
        elif isinstance(message, AssistantMessage):
            options = message.options or options
    return options


def _next_number(request: ModelRequest) -> int:
    """Return a number that no call in the transcript has yet."""
    ids = (
        call.id.rpartition("_")[2]
        for message in request.messages
        if isinstance(message, AssistantMessage)
        for call in message.calls
    )
    return 1 + max((int(tail) for tail in ids if tail.isascii() and tail.isdecimal()), default=0)
