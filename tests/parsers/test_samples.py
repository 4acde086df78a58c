"""Our samples of WhatsApp and Telegram deliveries are read as their rows say.

The shapes are those of reference/channels.md 1.3, 1.4, 1.5, 1.11, 3.1 and 3.3.
"""

import pytest

from tests.parsers import ours
from tests.parsers.differences import Difference, compare, faults, reasons
from tests.parsers.samples import own, recorded

SAMPLES = own()


@pytest.mark.parametrize("sample", SAMPLES, ids=[f"{one.id}-{one.name}" for one in SAMPLES])
def test_each_sample_is_read_as_its_row_says(sample):
    """Every event, its sender, ids, kind and content; nothing more, and without an alert."""
    read = [{k: v for k, v in facts.items() if k != "time"} for facts in ours.read(sample)]
    assert read == sample.expect
    assert not ours.parse(sample).alerts


def test_there_are_enough_samples():
    """At least sixty bodies, none of them twice or already recorded."""
    bodies = [repr(sample.body) for sample in SAMPLES]
    assert len(set(bodies)) == len(bodies) >= 60
    assert not set(bodies) & {repr(sample.body) for sample in recorded()}
    assert len({sample.id for sample in SAMPLES}) == len(SAMPLES)


def test_each_reason_names_a_sample():
    """A reason for a sample that does not exist would explain nothing."""
    known = {sample.id for sample in (*SAMPLES, *recorded())}
    assert {sample for sample, _ in reasons()} <= known


def test_a_difference_is_found_in_every_field():
    """One field, one event too many and one of another kind are each told once."""
    text = {"kind": "text", "id": "1", "text": "a"}
    assert compare("s", [text], [text]) == []
    changed = compare("s", [text], [{**text, "text": "b"}])
    assert changed == [Difference(place=("s", "text"), ours="a", theirs="b")]
    assert [one.place for one in compare("s", [text], [])] == [("s", "event")]
    assert [one.place for one in compare("s", [text], [{**text, "kind": "x"}])] == [("s", "event")]


def test_a_difference_without_reason_and_a_reason_without_difference_are_faults():
    """A listed difference that occurs is the only one that passes."""
    known = {("s", "text"): "why", ("s", "id"): "why"}
    found = [
        Difference(place=("s", "text"), ours="a", theirs="b"),
        Difference(place=("s", "kind"), ours="a", theirs="b"),
    ]
    lines = faults(found, known)
    assert [line.partition(":")[0] for line in lines] == ["s kind", "s id"]
    assert faults(found[:1], {("s", "text"): "why"}) == []
