"""What earlier turns came to is read once, and a reply never depends on whether it was kept."""

from collections.abc import Callable

import pytest

from lola.models.chat import (
    AssistantMessage,
    ModelMessage,
    ModelRequest,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from lola.models.offline import OfflineModel
from lola.models.offline.dialogue.checkpoints import Checkpoints, earlier_turns
from lola.models.offline.dialogue.facts import Facts
from lola.models.offline.dialogue.tracker import Played, replay
from tests.unit.models.offline.conftest import Chat

LINES = (
    "hola", "quiero mandar 200 dólares a México", "¿cuánto cobran?", "a Rosa Hernández",
    "por banco", "BBVA", "¿cuánto tarda?", "mejor 300", "¿es seguro?", "perdón, es para Guatemala",
    "en efectivo", "Banrural", "que sean 250",
)  # fmt: skip


class Counted(Checkpoints[Played]):
    """Checkpoints that count the turns which had to be read."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    def keep(self, key: bytes, value: Played) -> None:
        """Count one more turn."""
        self.read += 1
        super().keep(key, value)


async def _requests(chat: Callable[..., Chat]) -> list[ModelRequest]:
    talk = chat(agent="home")
    await talk.play(*LINES)
    return talk.requests


async def test_a_reply_is_the_same_with_and_without_what_was_kept(
    chat: Callable[..., Chat],
) -> None:
    """Each request of a conversation gets the same reply from a model that never saw it."""
    warm = OfflineModel()
    for request in await _requests(chat):
        assert await warm.complete(request) == await OfflineModel().complete(request)


async def test_a_turn_reads_only_its_own_messages(chat: Callable[..., Chat]) -> None:
    """After any number of turns, one more turn reads the one that came before it, once."""
    kept = Counted()
    counts: dict[int, int] = {}
    for request in await _requests(chat):
        before = kept.read
        replay(request.messages, None, Facts(), None, kept=kept)
        said = sum(isinstance(item, UserMessage) for item in request.messages)
        counts[said] = counts.get(said, 0) + kept.read - before
    assert counts == {1: 0, **dict.fromkeys(range(2, len(LINES) + 1), 1)}


@pytest.mark.parametrize(
    "changed",
    [
        UserMessage(text="quiero mandar 300"),
        AssistantMessage(text="¿A qué país?", options=("Guatemala",)),
        AssistantMessage(calls=(ToolCall(id="c", name="get_banks", arguments={"country": "GT"}),)),
        ToolMessage(call_id="c", name="get_banks", result={"banks": []}),
    ],
)
def test_another_history_is_another_key(changed: ModelMessage) -> None:
    """A turn with another word, option, call or result, and every later turn, has another key."""
    history: list[ModelMessage] = [
        UserMessage(text="hola"),
        UserMessage(text="quiero mandar 200"),
        AssistantMessage(calls=(ToolCall(id="c", name="get_banks", arguments={"country": "MX"}),)),
        ToolMessage(call_id="c", name="get_banks", result={"banks": [{"id": "012"}]}),
        AssistantMessage(text="¿A qué país?", options=("México",)),
        UserMessage(text="a México"),
        UserMessage(text="sí"),
    ]
    other = [
        changed if type(item) is type(changed) and index and _same_kind(item, changed) else item
        for index, item in enumerate(history)
    ]
    keys = [turn.key for turn in earlier_turns(history, None)[0]]
    others = [turn.key for turn in earlier_turns(other, None)[0]]
    assert keys[0] == others[0]
    assert not set(keys[1:]) & set(others[1:])


def _same_kind(item: ModelMessage, changed: ModelMessage) -> bool:
    """Return whether one takes the other's place in the history of the test."""
    if isinstance(item, UserMessage):
        return item.text.startswith("quiero")
    return not isinstance(item, AssistantMessage) or bool(item.calls) is bool(
        isinstance(changed, AssistantMessage) and changed.calls
    )


def test_another_goal_is_another_key() -> None:
    """What was understood for one set of tools is not taken for another one."""
    history = (UserMessage(text="hola"), UserMessage(text="200 a México"))
    keys = {earlier_turns(history, seed)[0][0].key for seed in (None, ["country"], ["amount"])}
    assert len(keys) == 3


def test_the_oldest_is_dropped() -> None:
    """Memory is bounded: the entry that was unused for longest goes first."""
    kept: Checkpoints[str] = Checkpoints(2)
    kept.keep(b"a", "a")
    kept.keep(b"b", "b")
    assert kept.get(b"a") == "a"
    kept.keep(b"c", "c")
    assert (kept.get(b"a"), kept.get(b"b"), len(kept)) == ("a", None, 2)
