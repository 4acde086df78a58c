"""Stems and BM25: word forms match, fillers do not count, a score is a share of the question."""

import pytest

from knowledge.lexical import LexicalIndex
from knowledge.stems import stems


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("es", "¿Cuánto cobran por los ENVÍOS?", "cobran envio"),
        ("es", "comisiones canceladas", "comisión cancelar"),
        ("en", "the fees for sending", "fee send"),
        ("en", "cancelled transfers", "cancel a transfer"),
    ],
)
def test_word_forms_and_accents_share_stems(language, one, other):
    """Senders leave accents out and use other word forms."""
    assert stems(one, language) == stems(other, language)


def test_figures_are_words_and_fillers_are_not():
    """`2,999` and `2999` are the same word; a greeting has no words."""
    assert stems("hasta 2,999 USD con 2.99", "es") == ["2999", "usd", "2.99"]
    assert stems("hola, buenas tardes, por favor", "es") == []
    assert stems("hi, good morning", "en") == []


def test_a_rare_word_beats_a_common_one():
    """The part with the rarer of two words comes first."""
    index = LexicalIndex([["send", "money"], ["send", "clabe"], ["send", "cash"]])
    scores = index.search(["send", "clabe"])
    assert max(scores, key=scores.__getitem__) == 1


def test_unknown_words_lower_the_score():
    """What no part speaks of keeps a question below the threshold."""
    index = LexicalIndex([["fee", "mexico"], ["limit"]])
    covered = index.search(["fee"])[0]
    assert covered > 0.9
    assert index.search(["fee", "bitcoin"])[0] < 0.5
    assert index.search(["fee", "fee", "fee", "bitcoin"])[0] < 0.5


def test_nothing_in_common_scores_nothing():
    """A question without a known word, or without a word, has no candidates."""
    index = LexicalIndex([["fee"]])
    assert index.search(["weather"]) == {}
    assert index.search([]) == {}
    assert LexicalIndex([]).search(["fee"]) == {}
