"""Recorded conversations: masked, written once, read with the line that is wrong."""

import pytest

from lola.app.evidence import masking
from lola.domain.messages import TextMessage, outbound_to_json
from lola.errors import ConfigurationError
from lola.testing.recording import (
    STAND_IN,
    Recording,
    as_lines,
    names_said,
    read_recordings,
)
from lola.testing.replay import RecordedTurn, Replayed, ReplayedTurn, summary_of

RECORD = {
    "inbound": [
        {"kind": "text", "text": "mándale 200 a Lucía Quintanar, 55 1234 5678"},
        {"kind": "media", "text": "[image]", "shape": {"media": "image", "caption": "su INE"}},
    ],
    "outbound": [outbound_to_json(TextMessage(content="¿200 USD para Lucía Quintanar?"))],
    "tools": [{"name": "get_recipients", "ok": True}],
    "route": "sender_home",
    "staff": "",
    "model": {"models": ["offline"], "cost": 0.5},
    "ms": 12,
}


def recording():
    mask = masking({"Lucía Quintanar", "Lucía", "Quintanar"})
    return Recording.of("whatsapp-0123456789abcdef01234567", [RECORD], mask)


def test_names_and_numbers_are_masked_and_amounts_stay():
    """Whoever gets the file learns no sender's data, and the conversation still makes sense."""
    text = recording().model_dump_json()
    assert "Quintanar" not in text
    assert "55 12" not in text
    [turn] = recording().turns
    assert turn.inbound[0].text.startswith(f"mándale 200 a {STAND_IN}")
    assert turn.inbound[1].text == "su INE"
    assert turn.replies == (f"¿200 USD para {STAND_IN}?",)
    assert (turn.tools, turn.cost) == (("get_recipients",), 0.5)
    assert recording().channel == "whatsapp"


def test_a_name_that_only_stands_in_the_text_is_masked_too():
    """A recipient that no record holds yet is found as the offline model finds them."""
    said = [{"kind": "text", "text": "se llama Eduviges Tzoc Pérez"}]
    names = names_said([{**RECORD, "inbound": said}])
    assert {"Eduviges", "Tzoc", "Pérez"} <= names


def test_a_file_is_read_as_it_was_written(tmp_path):
    """One conversation per line."""
    path = tmp_path / "recorded.jsonl"
    path.write_text(as_lines([recording(), recording()]))
    assert read_recordings(path) == (recording(), recording())


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("{}", "recorded.jsonl:2"),
        ("not json", "recorded.jsonl:2"),
        ('{"id": "a", "channel": "sms", "turns": [], "more": 1}', "more"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, text, where):
    """A person who edited the file is told which line and which field."""
    path = tmp_path / "recorded.jsonl"
    path.write_text(f"{recording().model_dump_json()}\n{text}\n")
    with pytest.raises(ConfigurationError, match=where):
        read_recordings(path)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_recordings(tmp_path / "none.jsonl")


def test_a_summary_counts_what_is_alike():
    """Figures and addresses may differ between builds; routes, tools and words are compared."""
    before = RecordedTurn(
        inbound=(), route="a", tools=("x",), replies=("Recibe 3,450.00 MXN https://a.example/1",)
    )
    alike = before.model_copy(update={"replies": ("recibe 1 MXN https://b.example/2",)})
    other = before.model_copy(update={"route": "b", "tools": (), "replies": ("No.",)})
    turns = (
        ReplayedTurn(before=before, now=alike),
        ReplayedTurn(before=before, now=other),
        ReplayedTurn(before=before, reason="not of the sender"),
    )
    summary = summary_of([Replayed(recording=recording(), turns=turns)])
    assert (summary.turns, summary.left_out) == (2, 1)
    assert (summary.same_route, summary.same_tools, summary.same_words) == (0.5, 0.5, 0.5)
