"""The trained classifier: its weights, its confidence, and where the dialogue hears it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.classifier import WEIGHTS, Weights, guess, weights
from lola.models.offline.nlu.learned import BESIDE, KEPT, MEANINGS, NEVER_ASKED
from lola.models.offline.nlu.reading import read, read_by_rules
from lola.models.offline.nlu.understanding import UNKNOWN, understand
from training.intents.comparison import (
    EVALUATION,
    by_both,
    by_classifier,
    by_phrases,
    share,
    unseen,
)
from training.intents.training import digest, read_rows, split_rows, train

MAX_BYTES = 500_000


def test_the_weights_are_of_the_corpus_in_the_repository() -> None:
    """A corpus that was changed without `make train-intents` is noticed."""
    assert weights().corpus == digest()
    assert set(weights().labels) == {row.intent for row in read_rows()}
    assert WEIGHTS.stat().st_size < MAX_BYTES


def test_texts_of_other_authors() -> None:
    """On texts that are not in the corpus the classifier is far above the phrases, both between."""
    rows = unseen(read_rows(EVALUATION))
    phrases, both, learned = (share(rows, way) for way in (by_phrases, by_both, by_classifier))
    assert phrases + 0.1 < both < learned
    assert learned >= 0.87
    assert all(
        share([row for row in rows if row.lang == lang], by_classifier) >= 0.85
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


def test_rows_are_held_out_of_every_intent() -> None:
    """Each intent and language is in both parts, and no row is in two."""
    rows = read_rows()
    kept, held = split_rows(rows)
    assert len(kept) + len(held) == len(rows)
    assert {(row.intent, row.lang) for row in kept} == {(row.intent, row.lang) for row in held}
    assert not {row.text for row in kept} & {row.text for row in held}


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


@pytest.mark.parametrize("text", ["", "…", "?!"])
def test_nothing_to_read(text: str) -> None:
    """Signs alone are no guess."""
    assert guess(text) is None


def test_below_the_floor_is_not_understood() -> None:
    """A line between many labels gets none; with a floor of zero it would."""
    text = "blue sofa under glass"
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
    assert read(text).has(intent)


@pytest.mark.parametrize("text", ["órale va que va", "yep do that one", "ándele que sí"])
def test_an_assent_is_never_guessed(text: str) -> None:
    """However sure the classifier is of a yes, only grammars read one."""
    assert read(text).intents & {"yes", "confirm"} == read_by_rules(text).intents & {
        "yes", "confirm",
    }  # fmt: skip
    assert not {"yes", "confirm", "no"} & {name for names in MEANINGS.values() for name in names}


@pytest.mark.parametrize("expected", ["recipient_first_name", "account", "payer_id", "alias"])
def test_a_name_that_was_asked_for_is_not_guessed_at(expected: str) -> None:
    """The answer to who or which account may be any word, so phrases alone read it."""
    text = "Socorro Status"
    assert read(text, expected=expected) == read_by_rules(text, expected=expected)


def test_a_question_about_giving_up_gives_nothing_up() -> None:
    """Only a statement ends the transfer."""
    assert not read("si ya mandé el dinero lo puedo cancelar?").has("cancel")


def test_the_dialogue_knows_every_meaning() -> None:
    """Labels are the classifier's and intents are those of the phrases."""
    known = set(table("intents"))
    assert set(MEANINGS) <= set(weights().labels)
    assert {name for names in MEANINGS.values() for name in names} <= known
    assert known >= KEPT | BESIDE | NEVER_ASKED


def test_one_result_for_a_message() -> None:
    """Each sentence has its intent with its place, and the values are beside them."""
    text = "Hola buenas tardes. Quiero mandar 200 dólares a mi mamá. ¿Cuánto cobran de comisión?"
    found = understand(text)
    assert [intent.label for intent in found.intents] == ["greeting", "send", "quote"]
    assert [text[intent.start : intent.end].strip()[:6] for intent in found.intents] == [
        "Hola b", "Quiero", "¿Cuánt",
    ]  # fmt: skip
    assert all(0.4 < intent.confidence <= 1 for intent in found.intents)
    assert found.values.amount is not None
    assert found.has("send")
    assert not found.is_unknown


def test_what_is_not_understood_is_a_result() -> None:
    """A text without a likely meaning is `unknown`, with its place and no confidence."""
    found = understand("blue sofa under glass")
    assert found.is_unknown
    assert [(item.label, item.start, item.confidence) for item in found.intents] == [
        (UNKNOWN, 0, 0.0)
    ]
