"""Hidden characters never reach a model; what people can see does (docs/safety.md G10)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.safety.input.hygiene import clean

HIDDEN = "\u200b\u200c\u2060\ufeff\u00ad\u202e\u2066\u200e\U000e0041\U000e0159\u3164\u034f"


def test_no_hidden_character_of_the_obfuscations_is_left(obfuscations_row):
    """Rows of every encoding come out without tags, selectors, zero-width or stacked marks."""
    cleaned = clean(obfuscations_row["text"])
    assert not [letter for letter in cleaned if unicodedata.category(letter) in {"Cf", "Co"}]
    assert not any(0xFE00 <= ord(letter) <= 0xFE0F for letter in cleaned)
    decomposed = unicodedata.normalize("NFD", cleaned)
    run = longest = 0
    for letter in decomposed:
        run = run + 1 if unicodedata.combining(letter) else 0
        longest = max(longest, run)
    assert longest <= 3


def test_a_hidden_order_is_dropped():
    """Tag characters spell invisible words; they are removed."""
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    assert clean(f"¿Horario?{hidden}") == "¿Horario?"


def test_benign_messages_stay_as_they_are(benign_row):
    """Ordinary messages lose nothing."""
    assert clean(benign_row["text"]) == benign_row["text"]


@pytest.mark.parametrize("emoji", ["👨‍👩‍👧", "👍🏽", "❤️", "1️⃣", "🏳️‍🌈", "🙋🏻‍♀️", "☎️", "🇲🇽"])
def test_emoji_stay_whole(emoji):
    """Joiners and emoji selectors inside an emoji are kept."""
    assert clean(f"va {emoji} va") == f"va {emoji} va"


@pytest.mark.parametrize(
    "name", ["Ángel Ñúñez", "José", "Zoë", "Nguyễn Thị Ánh", "Владимир", "李雷"]
)
def test_names_stay(name):
    """Names come out in NFC and are never folded to look-alikes."""
    assert clean(unicodedata.normalize("NFD", name)) == unicodedata.normalize("NFC", name)


def test_only_two_marks_stay_on_a_letter():
    """Of many stacked marks the first two are kept."""
    tower = "z" + "\u0336\u0317\u0316\u0301\u0302" * 3
    assert len(clean(tower)) == 3


def test_length_is_limited():
    """The limit holds, and a cut leaves no loose joiner."""
    assert len(clean("a" * 500, 140)) == 140
    assert clean("👨‍👩‍👧", 2) == "👨"


def test_line_breaks_come_in_one_spelling():
    """Carriage returns and exotic line ends become line feeds; other controls are removed."""
    assert clean("a\r\nb\rc\u2028d\x00e\x1b[1m") == "a\nb\nc\nde[1m"


@given(
    st.lists(st.sampled_from([*HIDDEN, "a", "é", "👍", "\u200d", "\ufe0f", "\u0301"]), max_size=40)
)
def test_cleaning_twice_changes_nothing(letters):
    """A clean text stays as it is, and none of the hidden characters is left."""
    once = clean("".join(letters))
    assert clean(once) == once
    assert not set(once) & set(HIDDEN)


@given(st.text())
def test_it_never_raises(text):
    """Any text comes out in NFC."""
    cleaned = clean(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    cleaned.encode("utf-8")
