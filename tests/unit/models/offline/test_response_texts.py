"""The catalogue and the lexicon: no figures in sentences, titles that fit, data that is usable."""

import pytest

from lola.domain.messages import LABEL_LIMIT
from lola.models.offline.lexicon import table
from lola.models.offline.response_texts import RESPONSES, ResponseTexts, plain_words, shortened
from lola.text.folding import unaccented
from lola.text.languages import LANGUAGES
from lola.text.wording import Wording

WORDING = Wording((RESPONSES,))


class _Any(dict):
    def __missing__(self, key: str) -> str:
        return "x"


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_hold_no_figures(language: str) -> None:
    """Each figure that is said was passed in as a value."""
    for key in WORDING.keys():  # noqa: SIM118 - Wording is no mapping
        sentence = WORDING._sentences[key][language].format_map(_Any())
        assert not any(char.isdigit() for char in sentence), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_fit(language: str) -> None:
    """Every choice fits a button, and no two are alike."""
    titles = [
        WORDING(key, language)
        for key in WORDING.keys()  # noqa: SIM118 - Wording is no mapping
        if key.startswith("choice.")
    ]
    assert all(len(title) <= LABEL_LIMIT for title in titles)
    assert len(set(titles)) == len(titles)


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [item for inner in value.values() for item in _strings(inner)]
    if isinstance(value, list):
        return [item for inner in value for item in _strings(inner)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", ["intents", "items", "methods", "not_money"])
def test_lexicon_is_folded(name: str) -> None:
    """Phrases are compared with folded words, so an accent in the data would never match."""
    assert [text for text in _strings(table(name)) if unaccented(text) != text] == []


def test_lists_in_words() -> None:
    """Lists read naturally in both languages."""
    es, en = ResponseTexts(WORDING, "es"), ResponseTexts(WORDING, "en")
    assert es.listing(["México", "Guatemala", "Honduras"]) == "México, Guatemala y Honduras"
    assert es.listing(["España", "Italia"]) == "España e Italia"
    assert en.listing(["a", "b"]) == "a and b"
    assert es.listing(["a"]) == "a"
    assert es.listing([]) == ""


def test_shortened() -> None:
    """A text is cut after a sentence, or after a word where no sentence ends."""
    assert shortened("Uno dos. Tres cuatro cinco.", 20) == "Uno dos."
    assert shortened("uno dos tres cuatro", 10) == "uno dos…"
    assert shortened("corto") == "corto"


def test_marks_are_undone() -> None:
    """Headings, bold, list marks and tables become lines that do not look like choices."""
    text = "## Pasos\n1. Abre\n- **Toca**\n| País | Mínimo |\n|---|---|\n| México | 10 USD |"
    assert plain_words(text) == "1 · Abre\n· Toca\nMéxico: 10 USD."


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "Forma: Depósito\nTiempo: De unos minutos a un día",
            "Depósito: de unos minutos a un día.",
        ),
        ("Method: Cash\nTime: Ready in a few minutes", "Cash: ready in a few minutes."),
        ("País: México\nEmpresa: Elektra", "México: Elektra."),
        (
            "País: México\nForma: Retiro\nComisión: 3.99 USD",
            "México · Forma: Retiro · Comisión: 3.99 USD",
        ),
    ],
)
def test_rows_read_like_sentences(row: str, said: str) -> None:
    """A row of two cells is a sentence; proper names keep their capital."""
    assert plain_words(row) == said
