"""The context for the model: whole turns since the last boundary, and the gist of the rest."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from lola.conversation.history import CLIP, LINES_KEPT, PROMISES_KEPT, context_of
from lola.domain.session import Session
from lola.models.chat import (
    MESSAGES,
    AssistantMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from lola.models.tokens import estimate_messages
from tests.support import ADDRESS, NOW, ticket

SESSION = Session(address=ADDRESS, started_at=NOW)


def record(number: int, *, boundary: bool = False, **changes) -> dict:
    """One turn with a tool call in it."""
    arguments = changes.pop("arguments", {"amount": number})
    result = changes.pop("result", {"number": number})
    messages = (
        UserMessage(text=f"question {number}"),
        AssistantMessage(calls=(ToolCall(id=f"c{number}", name="pre_quote", arguments=arguments),)),
        ToolMessage(call_id=f"c{number}", name="pre_quote", result=result),
        AssistantMessage(text=f"answer {number}", provider_content={"signature": "abc"}),
    )
    return {
        "boundary": boundary,
        "at": (NOW + timedelta(minutes=number)).isoformat(),
        "author": "bot",
        "inbound": [{"kind": "text", "text": f"question {number}"}],
        "outbound": [{"content": f"answer {number}"}],
        "messages": MESSAGES.dump_python(messages, mode="json"),
        **changes,
    }


def seen(history, *, turns=20, tokens=100_000, session=SESSION):
    return context_of(history, session, turns=turns, tokens=tokens)


def test_the_context_is_cut_between_turns() -> None:
    """A tool result is never there without its call."""
    history = [record(number) for number in range(10)]
    for turns in range(1, 10):
        messages = seen(history, turns=turns).messages
        assert len(messages) == 4 * turns
        assert isinstance(messages[0], UserMessage)


def test_nothing_from_before_a_boundary_is_seen() -> None:
    """After /new or a handoff the context starts afresh (reference/field.md B.1, row 9)."""
    history = [record(0), record(1, boundary=True), record(2)]
    texts = [item.text for item in seen(history).messages if isinstance(item, UserMessage)]
    assert texts == ["question 2"]
    assert seen(history).earlier == {}
    assert seen([record(0, boundary=True)]).messages == ()


def test_what_a_provider_needs_back_is_kept_whole() -> None:
    """Opaque content survives storage (reference/channels.md 5.2)."""
    assert seen([record(0)]).messages[-1].provider_content == {"signature": "abc"}


@given(
    sizes=st.lists(st.integers(0, 400), min_size=1, max_size=30),
    turns=st.integers(1, 20),
    tokens=st.integers(1, 2000),
)
def test_the_context_fits_and_nothing_falls_between(sizes, turns, tokens) -> None:
    """Within the tokens unless the newest turn alone is more; the rest is in the gist, in order."""
    history = [record(n, result={"text": "x" * size}) for n, size in enumerate(sizes)]
    view = seen(history, turns=turns, tokens=tokens)
    kept = len(view.messages) // 4
    assert 1 <= kept <= turns
    assert estimate_messages(view.messages) <= tokens or kept == 1
    assert view.messages[0].text == f"question {len(sizes) - kept}"
    assert view.earlier.get("turns", 0) + kept == len(sizes)
    said = view.earlier.get("sender_said", [])
    assert said == [f"question {n}" for n in range(len(sizes) - kept)][-LINES_KEPT:]


def test_what_was_settled_before_a_draft_is_kept() -> None:
    """Country, amount and recipient of calls that worked, the newest of each."""
    history = [
        record(0, arguments={"country": "MX", "amount": "100"}),
        record(1, arguments={"amount": "200", "recipient_first_name": "Rosa"}),
        record(2, arguments={"amount": "999999"}, result={"error": "over the limit"}),
        record(3),
    ]
    assert seen(history, turns=1).earlier["settled"] == {
        "country": "MX",
        "amount": "200",
        "recipient_first_name": "Rosa",
    }


def test_ids_that_begin_anew_in_each_reply_keep_what_was_settled() -> None:
    """A result belongs to the message before it: a later failure takes back its own call only.

    Servers such as vLLM and Ollama may call the first wish of every reply `call_0`.
    """
    wishes = ({"country": "MX", "amount": "200", "payout_method": "cash_pickup"}, {"amount": "9"})
    results = ({"quote": {}}, {"error": "the amount is outside this corridor's limits"})
    messages = [UserMessage(text="200 a México en efectivo")]
    for arguments, result in zip(wishes, results, strict=True):
        call = ToolCall(id="call_0", name="pre_quote", arguments=arguments)
        messages += [
            AssistantMessage(calls=(call,)),
            ToolMessage(call_id="call_0", name="pre_quote", result=result),
        ]
    older = record(0, messages=MESSAGES.dump_python(tuple(messages), mode="json"))
    assert seen([older, record(1)], turns=1).earlier["settled"] == wishes[0]


def test_what_a_link_closed_is_not_brought_up_again() -> None:
    """A transfer that has its link is told as a ticket, not as something still open."""
    history = [record(0, arguments={"country": "MX"}), record(2, arguments={"country": "GT"})]
    session = SESSION.with_ticket(ticket(created_at=NOW + timedelta(minutes=1)))
    history.append(record(3))
    assert seen(history, turns=1, session=session).earlier["settled"] == {"country": "GT"}


def test_what_people_and_code_promised_is_kept() -> None:
    """The last lines that were not the model's, whole up to a length."""
    told = [
        record(n, author="staff", outbound=[{"content": f"promise {n}"}])
        for n in range(PROMISES_KEPT + 1)
    ]
    event = record(8, inbound=[{"kind": "event", "text": "timer.nudge"}])
    long = record(9, inbound=[{"kind": "text", "text": "y" * 500}])
    earlier = seen([*told, event, long, record(10)], turns=1).earlier
    assert earlier["told"] == [f"promise {n}" for n in range(1, PROMISES_KEPT + 1)]
    assert "timer.nudge" not in earlier["sender_said"]
    assert len(earlier["sender_said"][-1]) == CLIP
