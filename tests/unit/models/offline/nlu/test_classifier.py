"""The trained classifier: its weights, its confidence, and where the dialogue hears it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.classifier import WEIGHTS, Weights, guess, weights
from lola.models.offline.nlu.learned import (
    BESIDE,
    BLOCKING,
    CLOSED,
    GIVING,
    MEANINGS,
    NOT_ASKED,
    SMALL_TALK,
    SURE,
    joined,
)
from lola.models.offline.nlu.reader import by_grammars, clauses, understand
from lola.models.offline.nlu.understanding import UNKNOWN, Intent
from training.intents.comparison import (
    EVALUATION,
    by_both,
    by_classifier,
    by_phrases,
    share,
    unseen,
)
from training.intents.training import digest, in_parts, read_rows, train

MAX_BYTES = 500_000
STRANGE = "purple lantern beneath seven tin roofs"


def test_the_weights_are_of_the_corpus_in_the_repository() -> None:
    """A corpus that was changed without `make train-intents` is noticed."""
    assert weights().corpus == digest()
    assert set(weights().labels) == {row.intent for row in read_rows()}
    assert WEIGHTS.stat().st_size < MAX_BYTES


def test_texts_of_other_authors() -> None:
    """On texts that are not in the corpus, what the service reads is far above the phrases."""
    rows = unseen(read_rows(EVALUATION))
    phrases, both, learned = (share(rows, way) for way in (by_phrases, by_both, by_classifier))
    assert phrases + 0.3 < both
    assert both >= learned - 0.02
    assert both >= 0.93
    assert all(
        share([row for row in rows if row.lang == lang], by_classifier) >= 0.93
        for lang in ("es", "en")
    )


def test_a_high_confidence_is_right_more_often() -> None:
    """Of texts by other authors, guesses of 0.9 and more are nearly all right."""
    rows = read_rows(EVALUATION)
    sure = [row for row in rows if (found := guess(row.text)) and found.confidence >= 0.9]
    assert len(sure) > len(rows) // 2
    assert share(sure, by_classifier) >= 0.95


def test_training_twice_gives_the_same_weights() -> None:
    """Rebuilding needs no luck: the same rows give the same numbers."""
    rows = read_rows()[::60]
    labels = sorted({row.intent for row in rows})
    one, two = train(rows, labels), train(rows, labels)
    assert np.array_equal(one.rows, two.rows)
    assert np.array_equal(one.bias, two.bias)
    assert sum(row.intent == one.guesses(row.text)[0].label for row in rows) > len(rows) * 0.95


def test_every_row_is_in_one_part() -> None:
    """Each intent and language is in all parts, and no row is in two."""
    rows = read_rows()
    parts = in_parts(rows)
    assert sum(map(len, parts)) == len(rows) == len({row.text for part in parts for row in part})
    kinds = {(row.intent, row.lang) for row in rows}
    assert all({(row.intent, row.lang) for row in part} == kinds for part in parts)


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    """Stored weights give the same guesses; another format is refused."""
    path = tmp_path / "weights.npz"
    weights().save(path)
    text = "¿dónde anda mi dinerito?"
    assert Weights.load(path).guesses(text) == weights().guesses(text)
    with np.load(path) as stored:
        np.savez(path, **{**dict(stored), "format": np.array(99)})
    with pytest.raises(ValueError, match="format 99"):
        Weights.load(path)


@pytest.mark.parametrize("text", ["", "…", "?!", "9456 1234", "200"])
def test_nothing_to_read(text: str) -> None:
    """Signs and digits alone are no guess: they answer what was asked."""
    assert guess(text) is None


def test_below_the_floor_is_not_understood() -> None:
    """A line between many labels gets none; with a floor of zero it would."""
    text = STRANGE
    assert guess(text) is None
    assert replace(weights(), floor=0.0).guesses(text)[0].confidence < weights().floor


def test_a_long_text_is_read_too() -> None:
    """The time for a text has a bound: words after the sixtieth add nothing."""
    text = "quiero saber de mi envío " * 20
    assert weights().guesses(text + "x " * 5_000)[0].label == weights().guesses(text)[0].label


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("en qué va mi asunto", "status"),
        ("páseme con un ser humano de carne y hueso porfa", "person"),
        ("got a referral bonus for me", "knowledge"),
        ("me arrepentí, ya ni le mueva", "cancel"),
    ],
)
def test_a_guess_helps_where_phrases_are_silent(text: str, intent: str) -> None:
    """A wish in words that no phrase has is understood."""
    assert understand(text).has(intent)


@pytest.mark.parametrize("text", ["órale va que va", "yep do that one", "ándele que sí"])
def test_an_assent_is_never_guessed(text: str) -> None:
    """However sure the classifier is of a yes, only grammars read one."""
    assert understand(text).intents & {"yes", "confirm"} == by_grammars(text).intents & {
        "yes", "confirm",
    }  # fmt: skip
    assert not {"yes", "confirm", "no"} & {name for names in MEANINGS.values() for name in names}


@pytest.mark.parametrize("expected", ["recipient_first_name", "account", "payer_id", "alias"])
def test_a_name_that_was_asked_for_is_not_guessed_at(expected: str) -> None:
    """The answer to who or which account may be any word, so phrases alone read it."""
    text = "Socorro Status"
    assert understand(text).has("status")
    assert understand(text, expected=expected).intents == by_grammars(text).intents


def test_a_question_about_giving_up_gives_nothing_up() -> None:
    """Only a statement ends the transfer."""
    assert not understand("si ya mandé el dinero lo puedo cancelar?").has("cancel")


def test_the_dialogue_knows_every_meaning() -> None:
    """Labels are the classifier's and intents are those of the phrases."""
    known, labels = set(table("intents")), set(weights().labels)
    assert labels >= set(MEANINGS) | NOT_ASKED | GIVING | SMALL_TALK
    assert labels >= set(SURE) - {"other", "any_word", "against"}
    assert labels >= {label for blocked in BLOCKING.values() for label in blocked}
    assert {name for names in MEANINGS.values() for name in names} <= known
    assert known >= BESIDE | set(BLOCKING) | {name for line in CLOSED for name in line}


def sentence(label: str, confidence: float) -> Intent:
    return Intent(label=label, confidence=confidence, start=0, end=1)


@pytest.mark.parametrize(
    ("phrases", "label", "confidence", "intents"),
    [
        ({"status", "greeting"}, "quote", 0.8, {"quote", "greeting"}),
        ({"rate"}, "quote", 0.8, {"rate"}),
        ({"complaint"}, "give_fact", 0.9, set()),
        ({"status"}, "person", 0.5, {"status"}),
        ({"keep"}, "give_up", 0.9, {"keep"}),
        ({"cancel", "sent_before"}, "status", 0.9, {"cancel", "sent_before"}),
        ({"status"}, UNKNOWN, 0.0, {"status"}),
    ],
)
def test_label_and_phrases_are_joined(
    phrases: set[str], label: str, confidence: float, intents: set[str]
) -> None:
    """The label replaces other wishes; a phrase within it tells more; some phrases block it."""
    found = joined(
        frozenset(phrases), [sentence(label, confidence)], question=False, is_any_word=False
    )
    assert found == intents


def test_a_statement_takes_no_question_away() -> None:
    """Values in a question are given, and the question is answered all the same."""
    assert understand("if I send $150 to Guatemala how much will my mom get").has("quote")


def test_one_result_for_a_message() -> None:
    """Each sentence has its intent and each value its kind, with place and confidence."""
    text = "Hola buenas tardes. Quiero mandar 200 dólares a mi mamá. ¿Cuánto cobran de comisión?"
    found = understand(text)
    assert [item.label for item in found.sentences] == ["greeting", "send", "quote"]
    assert [text[item.start : item.end].strip()[:6] for item in found.sentences] == [
        "Hola b", "Quiero", "¿Cuánt",
    ]  # fmt: skip
    assert all(0.4 < item.confidence <= 1 for item in found.sentences)
    assert [(item.kind, text[item.start : item.end]) for item in found.entities] == [
        ("amount", "200 dólares"), ("relation", "mamá"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sure"), [("son 200 dólares", True), ("200", False), ("200 o 300 dólares", False)]
)
def test_a_number_without_a_currency_is_less_sure(text: str, sure: bool) -> None:
    """What may stand for something else has a confidence below one."""
    amounts = [item for item in understand(text).entities if item.kind == "amount"]
    assert [item.confidence == 1 for item in amounts] == [sure]


def test_a_question_beside_the_transfer_is_read_alone() -> None:
    """Its words are no values: "is this really the bank?" asks for no deposit."""
    text = "is this really the bank? i want to send 150 to honduras"
    assert clauses(text) == ("is this really the bank?", "i want to send 150 to honduras")
    assert understand(text).methods == ()
    assert clauses("hola. quiero mandar 100 a méxico") == ("hola. quiero mandar 100 a méxico",)


def test_what_is_not_understood_is_a_result() -> None:
    """A text without a likely meaning is `unknown`, with its place and no confidence."""
    found = understand(STRANGE)
    assert (found.intents, found.entities) == (frozenset(), ())
    assert [(item.label, item.start, item.confidence) for item in found.sentences] == [
        (UNKNOWN, 0, 0.0)
    ]
