"""The reader of a yes, on rows that were written before it: 519 agree, 515 do not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.text import assent

ROWS = {
    path.stem: path.read_text(encoding="utf-8").splitlines()
    for path in sorted((Path(__file__).parent / "assent").glob("*.txt"))
}
YES = ROWS["yes_es"] + ROWS["yes_en"]
NOT_YES = [row for name, rows in ROWS.items() if not name.startswith("yes") for row in rows]


def _of(kind: str) -> list[str]:
    return ROWS[f"{kind}_es"] + ROWS[f"{kind}_en"]


def test_there_are_enough_rows() -> None:
    """Each side has at least 300 different rows, and no row is on both."""
    assert len(set(YES)) == len(YES) >= 300
    assert len(set(NOT_YES)) >= 300
    assert not set(YES) & set(NOT_YES)


@pytest.mark.parametrize("kind", ["yes", "no", "unsure"])
def test_natural_replies_are_read(kind: str) -> None:
    """What people write to agree, to refuse or in doubt is read as that, in both languages."""
    assert [row for row in _of(kind) if assent.read(row) != kind] == []


def test_nothing_else_is_a_yes() -> None:
    """Questions, conditions, changes, quotations and other subjects are never a yes or a no."""
    assert [row for row in _of("other") if assent.read(row) in {"yes", "no"}] == []


def test_no_false_assent() -> None:
    """None of the rows that do not agree is read as a yes."""
    assert [row for row in NOT_YES if assent.read(row) == "yes"] == []


@given(
    st.sampled_from(YES),
    st.text(alphabet=st.characters(categories=("L", "N")), min_size=1, max_size=12),
    st.booleans(),
)
def test_a_strange_word_takes_a_yes_away(row: str, word: str, before: bool) -> None:
    """A yes with any word that is not in the table is no yes, wherever the word is."""
    known = {token for phrase in assent._PHRASES for token in phrase}
    if any(token in known for token in assent._tokens(word)) or not list(assent._tokens(word)):
        return
    assert assent.read(f"{word} {row}" if before else f"{row} {word}") is None


@given(st.sampled_from(YES), st.sampled_from(["?", " ?", "??"]))
def test_a_question_mark_takes_a_yes_away(row: str, mark: str) -> None:
    """The same words as a question agree to nothing."""
    assert assent.read(f"{row}{mark}") is None


@pytest.mark.parametrize("text", ["gracias", "Thank you!", "hola 🙏"])
def test_courtesy_decides_nothing(text: str) -> None:
    """Thanks and greetings alone are neither a yes nor a no."""
    assert assent.read(text) == "courtesy"


@pytest.mark.parametrize("text", ["", "  ", "...", "sí " * 100])
def test_empty_and_long_messages_decide_nothing(text: str) -> None:
    """A message without words, or longer than any yes, is not read."""
    assert assent.read(text) is None
