"""Telephone numbers have one canonical form per number (`lola.text.phone_numbers`)."""

import string

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.text import phone_numbers

DIGITS = st.text(alphabet=string.digits, min_size=7, max_size=15).filter(lambda d: d[0] != "0")


@pytest.mark.parametrize("written", ["+1-555-0100", "15550100", "+15550100", " +1 (555) 01.00 "])
def test_the_documented_examples_are_one_identity(written):
    """All documented spellings give one canonical form (reference/lola.md 13)."""
    assert phone_numbers.canonical(written) == "+15550100"


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
def test_mobile_marks_are_removed(written, expected):
    """Mexico's 1 and Argentina's 9 are removed at 13 digits only (reference/channels.md 1.10)."""
    assert phone_numbers.canonical(written) == expected


@pytest.mark.parametrize(
    ("written", "region", "expected"),
    [
        ("044 55 1234 5678", "MX", "+525512345678"),
        ("045 55 1234 5678", "MX", "+525512345678"),
        ("01 55 1234 5678", "MX", "+525512345678"),
        ("+52 044 55 1234 5678", None, "+525512345678"),
        ("+54 11 15 2312 3456", None, "+541123123456"),
        ("+54 9 11 15 2312-3456", None, "+541123123456"),
        ("+54 9 351 15 523-4567", None, "+543515234567"),
        ("011 15 2312-3456", "AR", "+541123123456"),
        ("tel:+1-916-601-4999", None, "+19166014999"),
    ],
)
def test_what_people_used_to_dial_makes_no_second_identity(written, region, expected):
    """Domestic prefixes of address books are not part of a number (reference/channels.md 1.10)."""
    read = (
        phone_numbers.canonical(written)
        if region is None
        else (phone_numbers.dictated(written, region))
    )
    assert read == expected


@pytest.mark.parametrize(
    "spellings",
    [
        # reference/lola.md 13; reference/raas.md 3, 13; reference/channels.md 1.3, 1.10, 2.1.
        ("+1-555-0100", "15550100", "+15550100"),
        ("+5215521206703", "5215521206703", "+525521206703", "+52 55 2120 6703"),
        ("+19166014999", "19166014999", "+1 (916) 601-4999", "001 916 601 4999"),
        ("+15555550100", "1-555-555-0100"),
        ("5215512345678", "+525512345678", "+52 1 55 1234 5678"),
        ("5491123456789", "+541123456789", "+54 9 11 2345-6789", "+54 11 15 2345-6789"),
        ("551187654321", "5511987654321", "+55 11 98765-4321"),
    ],
)
def test_every_documented_number_is_one_identity(spellings):
    """However the reference writes a number, it is one identity."""
    assert len({phone_numbers.match_key(written) for written in spellings}) == 1
    assert all(phone_numbers.same(spellings[0], written) for written in spellings)


EXAMPLES = [
    (region, number)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    if (number := phonenumbers.example_number_for_type(region, kind))
]


@given(st.sampled_from(EXAMPLES))
def test_all_ways_of_writing_a_valid_number_are_one_identity(example):
    """In every country: E.164, spaced, as a link, dialled with 00, bare, and at home."""
    region, number = example
    written = {
        style: phonenumbers.format_number(number, getattr(phonenumbers.PhoneNumberFormat, style))
        for style in ("E164", "INTERNATIONAL", "NATIONAL", "RFC3966")
    }
    expected = phone_numbers.canonical(written["E164"])
    assert phone_numbers.canonical(written["INTERNATIONAL"]) == expected
    assert phone_numbers.canonical(written["RFC3966"]) == expected
    assert phone_numbers.canonical(f"00{written['E164'][1:]}") == expected
    assert phone_numbers.canonical(written["E164"][1:]) == expected
    assert phone_numbers.dictated(written["NATIONAL"], region) == expected


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("9876543", "HN"), ("55 1234 567", "MX"), ("1 55 1234 5678", "MX"), ("91234567", "PE"),
        ("4364231234", "US"), ("15550100", "MX"), ("hola", "MX"), ("", "MX"), ("12", "GT"),
    ],
)  # fmt: skip
def test_a_dictated_number_is_never_another_countrys(written, region):
    """A digit too few, or an area code that is not known, is refused and not read as foreign."""
    assert phone_numbers.dictated(written, region) is None


@pytest.mark.parametrize(
    ("written", "region", "expected"),
    [
        ("011 52 55 1234 5678", "MX", "+525512345678"), ("011 502 5123 4567", "GT", "+50251234567"),
        ("0052 55 1234 5678", "MX", "+525512345678"), ("52 55 1234 5678", "MX", "+525512345678"),
        ("\u202a+504 9876\u20115432\u202c", "HN", "+50498765432"),
        ("9876\u20135432", "HN", "+50498765432"), ("+1 916 601 4999", "MX", "+19166014999"),
    ],
)  # fmt: skip
def test_a_dictated_number_is_read_as_address_books_write_it(written, region, expected):
    """011 and 00 dial abroad; invisible marks and typographic hyphens are no part of a number."""
    assert phone_numbers.dictated(written, region) == expected


def test_only_a_number_that_names_its_country_is_international():
    """A contact card's local number stays as it is: its country is not known yet."""
    assert phone_numbers.international("+52 1 55 1234 5678") == "+525512345678"
    assert phone_numbers.international("011 502 5123 4567") == "+50251234567"
    assert phone_numbers.international("55 1234 5678") is None


def test_a_national_number_needs_its_region():
    """Ten digits are Mexican only where Mexico is the default region."""
    assert phone_numbers.dictated("55 1234 5678", "MX") == "+525512345678"
    assert phone_numbers.canonical("55 1234 5678") == "+5512345678"


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
    """Too short, too long, lettered or impossible input gives None."""
    assert phone_numbers.canonical(written) is None


MARKED = st.builds(
    str.__add__,
    st.sampled_from(["52", "521", "5201", "52044", "54", "549", "54911", "5491115", "55"]),
    st.text(alphabet=string.digits, min_size=6, max_size=10),
)


@given(DIGITS | MARKED)
def test_canonical_is_idempotent(digits):
    """The canonical form of a canonical form is itself, with or without its plus."""
    once = phone_numbers.canonical(digits)
    if len(digits) > 15 and once is None:
        return
    assert once is not None
    assert phone_numbers.canonical(once) == once
    assert phone_numbers.canonical(once[1:]) == once
    assert phone_numbers.match_key(phone_numbers.match_key(once)) == phone_numbers.match_key(once)


@given(DIGITS, st.lists(st.sampled_from(" -.()/"), min_size=14, max_size=14))
def test_punctuation_never_changes_the_identity(digits, marks):
    """Spaces, dots, hyphens and brackets between digits are not part of a number."""
    spaced = "".join(digit + mark for digit, mark in zip(digits, [*marks, ""], strict=False))
    assert phone_numbers.canonical(f"+{spaced}") == phone_numbers.canonical(f"+{digits}")


@given(st.text())
def test_any_text_is_judged_without_an_exception(text):
    """No input makes the module raise, and a result is always plus and digits."""
    answer = phone_numbers.canonical(text)
    assert answer is None or (answer[0] == "+" and answer[1:].isdigit() and answer.isascii())
    assert phone_numbers.same(text, text) == (answer is not None)


@given(st.from_regex(r"[1-9][1-9][6-9][0-9]{7}", fullmatch=True))
def test_the_brazilian_ninth_digit_does_not_split_a_number(national):
    """A Brazilian mobile needs no ninth digit to be the same (reference/channels.md 1.10)."""
    assert phone_numbers.same(f"55{national}", f"+55{national[:2]}9{national[2:]}")


def test_a_brazilian_landline_is_not_a_mobile():
    """The ninth digit is dropped only before a mobile's first digit, so numbers are not merged."""
    assert not phone_numbers.same("551133334444", "5511933334444")


@given(DIGITS)
def test_a_mask_shows_two_digits_at_most(digits):
    """A log never gets more than the last two digits of a number."""
    assert phone_numbers.mask(f"+{digits}") == f"…{digits[-2:]}"
    assert phone_numbers.mask("123") == "…"
