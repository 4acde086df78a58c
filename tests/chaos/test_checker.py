"""The checker itself: it is silent on kept promises, and names every planted violation."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reliability.checker import AHEAD, Accepted, Committed, Findings, History, Sent, check


@st.composite
def kept_histories(draw):
    """What a run looks like in which every promise was kept; resends are allowed once."""
    accepted, committed, sent, replies, messages = [], [], [], [], []
    at = 0.0
    for number in range(draw(st.integers(1, 3))):
        conversation = f"c{number}"
        turns = []
        names = [f"{conversation}m{place}" for place in range(draw(st.integers(2, 8)))]
        for seq, name in enumerate(names, 1):
            accepted += [Accepted(conversation=conversation, message=name, seq=seq)] * draw(
                st.integers(1, 2)
            )
            fate = draw(st.sampled_from(("answered", "answered", "answered", "dead_letters")))
            if fate == "dead_letters":
                messages.append(name)
                continue
            if turns and draw(st.booleans()):
                turns[-1].append(name)
            else:
                turns.append([name])
            money = draw(st.booleans())
            times = draw(st.integers(0, 1 if money else 2))
            if not times:
                replies.append(name)
            for _ in range(times):
                at += 1
                sent.append(Sent(conversation=conversation, message=name, money=money, at=at))
        committed.append(
            Committed(
                conversation=conversation,
                turns=tuple(map(tuple, turns)),
                version=len(turns),
                counted=sum(map(len, turns)),
            )
        )
    return History(
        accepted=tuple(draw(st.permutations(accepted))),
        committed=tuple(committed),
        sent=tuple(draw(st.permutations(sent))),
        dead_messages=frozenset(messages),
        dead_replies=frozenset(replies),
    )


def guilty(history):
    """The kinds of findings that are not empty."""
    return {name for name, count in check(history).counts.items() if count}


def with_turns(history, place, turns):
    changed = replace(
        history.committed[place],
        turns=turns,
        version=len(turns),
        counted=sum(map(len, turns)),
    )
    committed = (*history.committed[:place], changed, *history.committed[place + 1 :])
    return replace(history, committed=committed)


def some_answer(data, history):
    """A conversation's place, a turn's place and a message in it."""
    places = [
        (place, number, name)
        for place, item in enumerate(history.committed)
        for number, turn in enumerate(item.turns)
        for name in turn
    ]
    assume(places)
    return data.draw(st.sampled_from(places))


@given(kept_histories())
def test_a_run_that_kept_every_promise_has_no_findings(history):
    """Duplicates of a webhook, one resend and dead letters are all within the promises."""
    assert check(history) == Findings()
    assert check(history).kept


@given(kept_histories(), st.data())
def test_an_accepted_message_without_an_effect_is_lost(history, data):
    """Take a committed message away, and its loss is named."""
    place, number, name = some_answer(data, history)
    turns = list(history.committed[place].turns)
    turns[number] = tuple(item for item in turns[number] if item != name)
    broken = with_turns(history, place, tuple(filter(None, turns)))
    assert "lost" in guilty(broken)
    assert any(name in text for text in check(broken).lost)


@given(kept_histories(), st.data())
def test_a_committed_reply_that_was_never_sent_is_lost(history, data):
    """Neither sent nor in the dead letter: a reply was dropped in silence."""
    _, _, name = some_answer(data, history)
    broken = replace(
        history,
        sent=tuple(item for item in history.sent if item.message != name),
        dead_replies=history.dead_replies - {name},
    )
    assert guilty(broken) == {"lost"}


@given(kept_histories(), st.data())
def test_a_second_effect_of_one_message_is_doubled(history, data):
    """The same message answered in two turns is named."""
    place, number, name = some_answer(data, history)
    turns = history.committed[place].turns
    broken = with_turns(history, place, (*turns[: number + 1], (name,), *turns[number + 1 :]))
    assert "doubled" in guilty(broken)
    assert any(name in text for text in check(broken).doubled)


@given(kept_histories(), st.data())
def test_one_message_with_two_numbers_is_doubled(history, data):
    """A redelivery that was stored again has a new number."""
    known = data.draw(st.sampled_from(history.accepted))
    again = replace(known, seq=known.seq + 100)
    broken = replace(history, accepted=(*history.accepted, again))
    assert "doubled" in guilty(broken)


@given(kept_histories(), st.data())
def test_two_effects_in_the_wrong_order_are_named(history, data):
    """Swap two neighbours, inside a turn or across two, and it shows."""
    places = [
        place for place, item in enumerate(history.committed) if sum(map(len, item.turns)) > 1
    ]
    assume(places)
    place = data.draw(st.sampled_from(places))
    names = [name for turn in history.committed[place].turns for name in turn]
    first = data.draw(st.integers(0, len(names) - 2))
    names[first], names[first + 1] = names[first + 1], names[first]
    broken = with_turns(history, place, tuple((name,) for name in names))
    assert "out_of_order" in guilty(broken)


@given(kept_histories(), st.data())
def test_two_sends_in_the_wrong_order_are_named(history, data):
    """The effects are right, but the channel saw the second reply first."""
    ordered = sorted(history.sent, key=lambda item: item.at)
    pairs = [
        (one, two)
        for one, two in pairwise(ordered)
        if one.conversation == two.conversation and one.message != two.message
    ]
    assume(pairs)
    one, two = data.draw(st.sampled_from(pairs))
    others = tuple(item for item in history.sent if item not in (one, two))
    swapped = (replace(one, at=two.at), replace(two, at=one.at))
    assert guilty(replace(history, sent=(*others, *swapped))) == {"out_of_order"}


@given(kept_histories(), st.data(), st.sampled_from(("version", "counted")))
def test_a_state_that_missed_a_turn_is_a_lost_update(history, data, what):
    """The effects are all there, but the state was overwritten with an older one."""
    place = data.draw(st.integers(0, len(history.committed) - 1))
    item = history.committed[place]
    changed = replace(item, **{what: getattr(item, what) - 1})
    committed = (*history.committed[:place], changed, *history.committed[place + 1 :])
    assert guilty(replace(history, committed=committed)) == {"lost_updates"}


@given(kept_histories(), st.data())
def test_a_reply_sent_once_too_often_is_named(history, data):
    """Text about money never goes twice; other text never three times."""
    assume(history.sent)
    send = data.draw(st.sampled_from(history.sent))
    times = sum(item.message == send.message for item in history.sent)
    again = (send,) * ((2 if send.money else 3) - times)
    broken = replace(history, sent=(*history.sent, *again))
    assert guilty(broken) == {"money_twice" if send.money else "too_often"}


@given(kept_histories())
def test_what_was_never_accepted_or_committed_is_invented(history):
    """A draft that left without a commit, and an effect of a message that was never accepted."""
    conversation = history.committed[0].conversation
    draft = Sent(conversation=conversation, message="draft", money=False, at=0.0)
    assert guilty(replace(history, sent=(*history.sent, draft))) == {"invented"}
    ghost = with_turns(history, 0, (*history.committed[0].turns, ("ghost",)))
    assert "invented" in guilty(ghost)


def test_findings_are_told_in_sentences():
    """A person reads which message it was, and not all thousand of them."""
    history = History(
        accepted=tuple(
            Accepted(conversation="c", message=f"m{number}", seq=number + 1) for number in range(9)
        ),
        committed=(),
        sent=(),
    )
    findings = check(history)
    assert not findings.kept
    assert findings.counts["lost"] == 9
    assert findings.lines(2) == [
        "lost: m0 was accepted, not answered",
        "lost: m1 was accepted, not answered",
    ]


def announced(*sends):
    """One conversation that answered m1 and m2, with these sends in this order."""
    return History(
        accepted=tuple(
            Accepted(conversation="c", message=name, seq=seq)
            for seq, name in enumerate(("m1", "m2"), 1)
        ),
        committed=(Committed(conversation="c", turns=(("m1",), ("m2",)), version=2, counted=2),),
        sent=tuple(
            Sent(conversation="c", message=name, money=False, at=float(at))
            for at, name in enumerate(sends)
        ),
    )


def test_an_answer_may_be_announced_right_before_it():
    """Once, or a second time where the outcome of the first was unknown; or not at all."""
    for sends in (
        ("m1", "m2"),
        (f"{AHEAD}m1", "m1", f"{AHEAD}m2", "m2"),
        ("m1", f"{AHEAD}m2", f"{AHEAD}m2", "m2"),
    ):
        assert check(announced(*sends)).kept


@pytest.mark.parametrize(
    ("sends", "finding"),
    [
        (("m1", f"{AHEAD}m1", "m2"), "out_of_order"),
        ((f"{AHEAD}m2", "m1", "m2"), "out_of_order"),
        ((f"{AHEAD}m1", f"{AHEAD}m1", f"{AHEAD}m1", "m1", "m2"), "too_often"),
        ((f"{AHEAD}m3", "m1", "m2"), "invented"),
    ],
)
def test_an_announcement_out_of_its_place_is_found(sends, finding):
    """Behind its answer, ahead of an older one, a third time, or of nothing."""
    assert guilty(announced(*sends)) == {finding}
