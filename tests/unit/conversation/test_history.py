"""The model's window: whole turns only, nothing from before a boundary."""

from lola.conversation.history import window
from lola.models.chat import (
    MESSAGES,
    AssistantMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
)


def record(number: int, *, boundary: bool = False) -> dict:
    """One turn with a tool call in it."""
    messages = (
        UserMessage(text=f"question {number}"),
        AssistantMessage(calls=(ToolCall(id=f"c{number}", name="pre_quote"),)),
        ToolMessage(call_id=f"c{number}", name="pre_quote", result={"number": number}),
        AssistantMessage(text=f"answer {number}", provider_content={"signature": "abc"}),
    )
    return {"boundary": boundary, "messages": MESSAGES.dump_python(messages, mode="json")}


def test_the_window_is_cut_between_turns() -> None:
    """A tool result never stands without its call (reference/celai.md 4)."""
    history = [record(number) for number in range(10)]
    for turns in range(1, 10):
        messages = window(history, turns)
        assert len(messages) == 4 * turns
        assert isinstance(messages[0], UserMessage)


def test_nothing_from_before_a_boundary_is_seen() -> None:
    """After /new or a resolved hand-over the context starts fresh (reference/field.md B.1, 9)."""
    history = [record(0), record(1, boundary=True), record(2)]
    assert [
        message.text for message in window(history, 20) if isinstance(message, UserMessage)
    ] == ["question 2"]
    assert window([record(0, boundary=True)], 20) == ()


def test_what_a_provider_needs_back_is_kept_whole() -> None:
    """Opaque content survives storage (reference/channels.md 5.2)."""
    assert window([record(0)], 1)[-1].provider_content == {"signature": "abc"}
