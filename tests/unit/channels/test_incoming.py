"""Incoming text is cleaned, capped and redacted (`channels.incoming`)."""

import pytest

from channels.incoming import TextCleaner, degrees, header, identifier

CARD = "4111111111111111"


def test_what_was_found_is_named_once(redact):
    """The value goes, its kind stays (reference/lola.md 18)."""
    cleaner = TextCleaner(redact)
    assert cleaner.text(f"{CARD} y {CARD}") == "[card] y [card]"
    assert cleaner.text(CARD) == "[card]"
    assert cleaner.found == ("card",)


def test_a_card_at_the_cut_is_not_halved(redact):
    """The cap never leaves the beginning of a card number behind."""
    kept = TextCleaner(redact).text("a" * 4088 + " " + CARD)
    assert kept == "a" * 4088


def test_words_are_capped_and_cleaned(redact):
    """4,096 characters at most, without NUL and lone surrogates; anything else is empty."""
    cleaner = TextCleaner(redact)
    assert cleaner.text("x" * 70_000) == "x" * 4096
    assert cleaner.text("a\x00b\ud800c") == "ab?c"
    assert [cleaner.text(value) for value in (None, 5, [], {})] == [""] * 4


@pytest.mark.parametrize("value", [None, 5, "", "a\x00", "a\nb", "\ud800", "x" * 513, ["a"]])
def test_ids_are_never_mended(value):
    """What cannot be an id verbatim is none."""
    assert identifier(value) == ""
    assert identifier("wamid.A=") == "wamid.A="


def test_degrees_come_as_numbers_or_strings():
    """Meta and Twilio write angles both ways (reference/channels.md 1.4 and 2.1)."""
    assert degrees("17.06", 90) == degrees(17.06, 90) == 17.06
    bad = (None, True, "x", "inf", float("nan"), 10**400, 91, [])
    assert [degrees(value, 90) for value in bad] == [None] * len(bad)


def test_headers_have_no_case():
    """A header is found in any spelling, a missing one is empty."""
    assert header({"x-hub": "1"}, "X-Hub") == "1"
    assert header({}, "X-Hub") == ""
