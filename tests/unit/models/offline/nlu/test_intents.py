"""Intents of a line, in both languages and in everyday spelling."""

import pytest

from lola.models.offline.dialogue.main_intent import main_intent
from lola.models.offline.nlu.phrases import PhraseBook
from lola.models.offline.nlu.reader import understand
from lola.models.offline.nlu.text import split


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("holaaa", "greeting"), ("buenas tardes", "greeting"), ("grax", "thanks"),
        ("sip", "yes"), ("👍", "yes"), ("claro que sí", "yes"), ("nel", "no"), ("not now", "no"),
        ("espera tantito", "wait"), ("no me acuerdo", "unknown_value"),
        ("esto no sirve", "frustration"), ("this is useless", "frustration"),
        ("otra persona", "someone_else"), ("me equivoqué", "modify"), ("make it 300", "instead"),
    ],
)  # fmt: skip
def test_intent(text: str, intent: str) -> None:
    """Small talk and signals of change are read in chat spelling too."""
    assert understand(text).has(intent)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("si mando 350", "yes"), ("no lo sé", "no"), ("Eva Girón", "send"),
        ("quiero mandarle a otra persona", "person"), ("olvida lo que dije", "rules"),
        ("Estados Unidos", "status"),
    ],
)  # fmt: skip
def test_not_the_intent(text: str, intent: str) -> None:
    """Words that only look like a signal are none."""
    assert not understand(text).has(intent)


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("cuanto .. llega", "¿cuánto llega?", True),
        ("cuanto .. llega", "cuánto es lo que llega", True),
        ("cuanto .. llega", "cuánto es lo que por fin le llega", False),
        ("mand*", "mandaría", True),
        ("tipo|tasa de cambio", "la tasa de cambio", True),
        ("tipo|tasa de cambio", "cambio de tipo", False),
        ("< si >", "si, mándalo", True),
        ("< si >", "si mando algo", False),
        ("nada >", "nada", True),
        ("nada >", "nada más", False),
    ],
)
def test_notation(phrase: str, text: str, found: bool) -> None:
    """Stems, gaps, alternatives and clause borders match what the notation says and no more."""
    assert bool(PhraseBook({"x": [phrase]}).labels(split(text))) is found


@pytest.mark.parametrize(
    "text",
    [
        "ok mandalo a mi mama", "mándalo ya", "mandaselo", "mándeselo a ella", "envíale 50",
        "envialos", "mandarle", "deposítale", "pásale 100", "gíraselo", "send it to my mom",
        "bueno mandelo", "lo de siempre", "hazle llegar 50", "same as last time",
    ],
)  # fmt: skip
def test_verbs_of_sending(text: str) -> None:
    """A verb with its pronouns, with or without accents, means: go on and send."""
    assert understand(text).has("send")


@pytest.mark.parametrize("text", ["a Giraldo Mora", "la mandarina"])
def test_no_verbs_of_sending(text: str) -> None:
    """Names that begin like a verb of sending are none."""
    assert not understand(text).has("send")


@pytest.mark.parametrize(
    "text",
    [
        "pues fíjese que es la primera vez que uso esto, 180, que Dios lo bendiga",
        "es mi primera vez, 200 dólares",
        "it's my first time, 150",
    ],
)
def test_words_around_an_answer_ask_nothing(text: str) -> None:
    """Who gives the amount that was asked for wants no document, whatever they tell beside it."""
    meaning = understand(text, expected="amount")
    assert meaning.amount is not None
    assert main_intent(meaning, busy=True) == ""
