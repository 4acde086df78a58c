"""What a model thought is never part of what it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.models.thoughts import without_thoughts

MARKS = [
    ("<think>", "</think>"),
    ("<THINK>", "</ think >"),
    ("<thought>", "</thought>"),
    ("[THINK]", "[/THINK]"),
    ("<seed:think>", "</seed:think>"),
    ("◁think▷", "◁/think▷"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
]
ANALYSIS = "<|channel|>analysis<|message|>"
SAID = "¿A qué país? Recibe 5 < 6 y <b>nada</b> más."


@pytest.mark.parametrize(("opening", "closing"), MARKS)
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{0}secret{1}\n" + SAID, SAID),
        ("secret{1}\n" + SAID, SAID),
        ("Hola.{0}secret{1}", "Hola."),
        ("Hola.{0}secret", "Hola."),
        ("{0}secret", ""),
        ("{0}secret{0}secret{1}secret{1}" + SAID, SAID),
        ("{0}secret: {0} begins a thought{1}" + SAID, SAID),
        ("secret{1}{0}secret{1}" + SAID, SAID),
    ],
)
def test_marked_thoughts_are_removed(opening, closing, written, said) -> None:
    """Closed, cut, nested, or without the opening mark that the template wrote into the prompt."""
    assert without_thoughts(written.format(opening, closing)) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            f"{ANALYSIS}secret<|end|><|start|>assistant<|channel|>final<|message|>Hola.<|return|>",
            "Hola.",
        ),
        ("secret<|end|><|start|>assistant<|channel|>final<|message|>Hola.", "Hola."),
        (f"{ANALYSIS}secret", ""),
        (f"{ANALYSIS}secret<|end|>", ""),
        ("<|channel|>final<|message|>Hola.", "Hola."),
        (
            "<|channel|>commentary to=functions.quote <|constrain|>json<|message|>{}<|call|>",
            "",
        ),
        ("analysisThe secret of it.assistantfinalHola.", "Hola."),
        ("analysisThe secret", ""),
    ],
)
def test_channels_of_gpt_oss_are_removed_but_the_final_one(written, said) -> None:
    """Also where a server dropped the special tokens and left the channels' names."""
    assert without_thoughts(written) == said


@pytest.mark.parametrize("ending", ["<|im_end|>", "<|eot_id|>", "<|end|>", "<|return|>"])
def test_a_templates_end_marks_are_no_text(ending) -> None:
    """An end of turn that a server did not strip is dropped, the answer stays."""
    assert without_thoughts(SAID + ending) == SAID


@pytest.mark.parametrize("text", ["", SAID, "analysis of rates", "Análisis: 3 % [nota]", "a | b"])
def test_text_without_thoughts_is_untouched(text) -> None:
    """Ordinary text keeps every character."""
    assert without_thoughts(text) == text


PIECES = st.sampled_from([mark for pair in MARKS for mark in pair] + ["hola", " ", "secret."])


@given(st.lists(PIECES, max_size=12))
def test_no_mark_is_left_over(pieces) -> None:
    """Whatever order the marks come in, none of them reaches the sender."""
    said = without_thoughts("".join(pieces)).lower()
    assert not any(mark.lower() in said for pair in MARKS for mark in pair)
