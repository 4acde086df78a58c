"""Telephone numbers have one canonical form per line (`lola.phones`)."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola import phones

DIGITS = st.text(alphabet=string.digits, min_size=7, max_size=15).filter(lambda d: d[0] != "0")


@pytest.mark.parametrize("written", ["+1-555-0100", "15550100", "+15550100", " +1 (555) 01.00 "])
def test_the_documented_examples_are_one_identity(written):
    """All documented spellings give one canonical form (reference/lola.md 13)."""
    assert phones.canonical(written) == "+15550100"


@pytest.mark.parametrize("region", [None, "US", "MX", "SV"])
def test_the_documented_examples_hold_for_every_default_region(region):
    """A default region does not split the documented identity (reference/lola.md 13)."""
    written = ("+1-555-0100", "15550100", "+15550100")
    assert {phones.canonical(raw, region) for raw in written} == {"+15550100"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("5215512345678", "+525512345678"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("525512345678", "+525512345678"),
        ("5491123123456", "+541123123456"),
        ("+541123123456", "+541123123456"),
        ("00525512345678", "+525512345678"),
        ("+52155123456", "+52155123456"),
        ("＋５２５５１２３４５６７８", "+525512345678"),
    ],
)
def test_mobile_marks_are_taken_out(written, expected):
    """Mexico's 1 and Argentina's 9 go, at exactly 13 digits (reference/channels.md 1.10)."""
    assert phones.canonical(written) == expected


def test_a_national_number_needs_its_region():
    """Ten digits are Mexican only where Mexico is the default region."""
    assert phones.canonical("55 1234 5678", "MX") == "+525512345678"
    assert phones.canonical("55 1234 5678") == "+5512345678"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "+",
        "123456",
        "1" * 16,
        "hola",
        "../../etc/passwd",
        "+0123456789",
        "MX.4001122334",
        "1\x00",
    ],
)
def test_what_is_no_number_has_no_canonical_form(written):
    """Too short, too long, lettered or impossible input answers None."""
    assert phones.canonical(written) is None


@given(DIGITS)
def test_canonical_is_idempotent(digits):
    """The canonical form of a canonical form is itself."""
    once = phones.canonical(digits)
    assert once is not None
    assert phones.canonical(once) == once


@given(DIGITS, st.lists(st.sampled_from(" -.()/"), min_size=14, max_size=14))
def test_punctuation_never_changes_the_identity(digits, marks):
    """Spaces, dots, hyphens and brackets between digits are not part of a number."""
    spaced = "".join(digit + mark for digit, mark in zip(digits, [*marks, ""], strict=False))
    assert phones.canonical(f"+{spaced}") == phones.canonical(f"+{digits}")


@given(st.text())
def test_any_text_is_judged_without_an_exception(text):
    """No input makes the module raise, and an answer is always plus and digits."""
    answer = phones.canonical(text)
    assert answer is None or (answer[0] == "+" and answer[1:].isdigit() and answer.isascii())
    assert phones.same(text, text) == (answer is not None)


@given(st.from_regex(r"[1-9][1-9][6-9][0-9]{7}", fullmatch=True))
def test_the_brazilian_ninth_digit_does_not_split_a_line(national):
    """A Brazilian mobile is one line with and without its ninth digit (channels.md 1.10)."""
    assert phones.same(f"55{national}", f"+55{national[:2]}9{national[2:]}")


def test_a_brazilian_landline_is_not_a_mobile():
    """The ninth digit is dropped only before a mobile's first digit, so lines are not merged."""
    assert not phones.same("551133334444", "5511933334444")


@given(DIGITS)
def test_a_mask_shows_two_digits_at_most(digits):
    """A log never gets more than the last two digits of a number."""
    assert phones.mask(f"+{digits}") == f"…{digits[-2:]}"
    assert phones.mask("123") == "…"
