"""Labels are short, plain and all different, and no option is dropped (reference/lola.md 7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.channel.labels import label_options, shorten
from lola.domain.messages import LABEL_LIMIT


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("Depósito a cuenta", "Depósito a cuenta"),
        ("💸 Efectivo", "Efectivo"),
        ("**Guatemala** 🇬🇹", "Guatemala"),
        ("Dos\nlíneas", "Dos líneas"),
        ("María Fernanda López García", "María Fernanda…"),
        ("Supercalifragilísticoespialidoso", "Supercalifragilísti…"),
        ("👍", "•"),
        ("", "•"),
    ],
)
def test_labels_are_cut_at_words(title, label):
    """Emoji and marks go; a long title ends at a word border where it can."""
    assert shorten(title) == label
    assert len(shorten(title)) <= LABEL_LIMIT


def test_equal_labels_are_told_apart():
    """Two recipients with the same short name keep two different labels."""
    options = label_options([("a", "Ana María Fernández L"), ("b", "Ana María Fernández R")])
    assert len({option.title for option in options}) == 2
    assert [option.id for option in options] == ["a", "b"]


@given(
    st.lists(
        st.tuples(st.text(min_size=1, max_size=40), st.text(max_size=60)),
        unique_by=lambda pair: " ".join(pair[0].split("\n")).strip()[:200],
        max_size=30,
    )
)
def test_every_pair_becomes_a_valid_option(pairs):
    """Options always construct, one for every pair, with different labels."""
    options = label_options(pairs)
    named = [pair for pair in pairs if pair[0].strip()]
    assert len(named) <= len(options) <= len(pairs)
    assert len({option.title for option in options}) == len(options)
    assert not any("\n" in option.title for option in options)
