"""Stems and BM25: word forms match, fillers do not count, a score is a share of the question."""

import pytest

from knowledge.lexical import LexicalIndex, Searched
from knowledge.stems import analysed, read


def words(text: str, language: str = "en"):
    return read(text, language)


def index(*texts: str) -> LexicalIndex:
    return LexicalIndex([Searched(titles=words(text)) for text in texts])


def share_a_stem(one: str, other: str, language: str) -> bool:
    return bool(set(analysed(one, language).stems) & set(analysed(other, language).stems))


@pytest.mark.parametrize(
    ("language", "one", "others"),
    [
        ("es", "recibe", "recibirá recibira recibió recibio recibiría recibido recibiendo"),
        ("es", "cancelar", "cancelaré cancelare cancelé cancelado cancélalo cancelación"),
        ("es", "transferir", "transferí transferi transferirá transferiré"),
        ("es", "cuesta", "costará costara costaría costó"),
        ("es", "devolver", "devuelven devolverán devolveran devolvieron"),
        ("es", "verificar", "verifiqué verifique verificaré verificado"),
        ("es", "cotizar", "coticé cotice cotización cotízame"),
        ("es", "corrige", "corrijo corrijan corrigieron"),
        ("es", "interés", "intereses interes"),
        ("es", "dólar", "dólares dolares dolar"),
        ("es", "comisión", "comisiones comision"),
        ("es", "límite", "límites limites limite"),
        ("en", "cancel", "cancelled cancelling cancels"),
        ("en", "fee", "fees"),
        ("en", "transfer", "transfers transferred transferring"),
    ],
)
def test_the_forms_of_a_word_share_a_stem(language, one, others):
    """Senders write other forms and leave accents out (reference/dependencies.md 4)."""
    apart = [other for other in others.split() if not share_a_stem(one, other, language)]
    assert apart == []


@pytest.mark.parametrize(
    ("one", "other"), [("mañana", "manera"), ("cuenta", "cuota"), ("banco", "bandera")]
)
def test_different_words_keep_different_stems(one, other):
    """Stemming does not go so far that words of other meaning fall together."""
    assert not share_a_stem(one, other, "es")


def test_transfer_and_its_noun_are_one_concept():
    """What Snowball parts for good, transferir and transferencia, is joined by meaning."""
    one, other = analysed("transferir", "es"), analysed("transferencia", "es")
    assert set(one.concepts) & set(other.concepts)


def test_a_concept_joins_the_languages():
    """A Spanish and an English word of one meaning have the same concept."""
    assert set(analysed("reembolso", "es").concepts) & set(analysed("refund", "en").concepts)


def test_figures_are_words_and_fillers_are_not():
    """`2,999` and `2999` are the same word; a greeting has no words."""
    assert [word.stems[0] for word in words("hasta 2,999 con 2.99", "es")] == ["2999", "2.99"]
    assert words("hola, buenas tardes, por favor", "es") == []
    assert words("hi, good morning") == []


def test_a_rare_word_beats_a_common_one():
    """The part with the rarer of two words comes first."""
    scores = index("send money", "send clabe", "send cash").search(words("send clabe"))
    assert scores.argmax() == 1


def test_a_heading_weighs_more_than_running_text():
    """A word in the middle of a long text is weaker evidence than one in the heading."""
    parts = [
        Searched(titles=words("refund")),
        Searched(titles=words("other"), words=words("refund")),
    ]
    first, second = LexicalIndex(parts).search(words("refund"))
    assert first > second > 0


def test_unknown_words_lower_the_score():
    """What no part speaks of keeps a question below the floor."""
    found = index("fee mexico", "limit")
    covered = found.search(words("fee"))[0]
    assert covered > 0.9
    assert found.search(words("fee bitcoin"))[0] < 0.5
    assert found.search(words("fee fee fee bitcoin"))[0] < 0.5


def test_nothing_in_common_scores_nothing():
    """A question without a known word, or without a word, has no candidates."""
    assert not index("fee").search(words("weather")).any()
    assert not index("fee").search([]).any()
    assert not LexicalIndex([]).search(words("fee")).any()
