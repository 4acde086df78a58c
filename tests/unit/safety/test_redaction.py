"""Card data is removed from incoming text (reference/lola.md 18, docs/safety.md 3.4)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.safety.input.cards import is_card_number, is_clabe
from lola.safety.input.redaction import CARD_DATA, CODE, IDENTITY, redact, redact_mapping

ISSUERS = (
    ("4", 13), ("4", 16), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16),
    ("34", 15), ("37", 15), ("36", 14), ("300", 14), ("38", 14), ("6011", 16), ("65", 19),
    ("644", 16), ("3528", 16), ("62", 16), ("62", 17), ("62", 19), ("6304", 18),
)  # fmt: skip
SPELLINGS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def with_check_digit(head):
    """Append the digit that makes a number pass Luhn."""
    total = 0
    for position, digit in enumerate(reversed(head)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return head + str(-total % 10)


@st.composite
def card_numbers(draw):
    """Draw a number of an issuer that passes Luhn and is no CLABE by chance."""
    prefix, length = draw(st.sampled_from(ISSUERS))
    free = length - len(prefix) - 1
    body = draw(st.text("0123456789", min_size=free, max_size=free))
    number = with_check_digit(prefix + body)
    return number if not is_clabe(number) else with_check_digit(prefix + "1" * free)


@st.composite
def spelled(draw):
    """Draw a card number with spaces, dashes and dots anywhere between its digits."""
    number = draw(card_numbers())
    gaps = draw(
        st.lists(
            st.sampled_from(["", "", "", " ", "-", ".", " - ", "\u00a0", "  "]),
            min_size=len(number) - 1,
            max_size=len(number) - 1,
        )
    )
    text = number[0] + "".join(gap + digit for gap, digit in zip(gaps, number[1:], strict=True))
    return number, text


def test_every_row_of_the_card_data(pan_row):
    """Each row's card is redacted, spelled digits (`redact_or_warn`) too; others hold no card.

    The rows judge cards only: identity numbers and one-time codes have rules of their own.
    """
    text = pan_row["text"]
    redacted = redact(text)
    if pan_row["expect"] == "keep":
        assert CARD_DATA.isdisjoint(redacted.found)
        assert redacted.text == text or set(redacted.found) <= {IDENTITY, CODE}
    else:
        assert "card" in redacted.found
        assert f"[card ••••{pan_row['digits'][-4:]}]" in redacted.text
        assert pan_row["digits"] not in redacted.text


@given(spelled(), st.text(st.characters(categories=["Lu", "Ll"]), max_size=12))
def test_no_spelling_of_a_card_number_survives(spelling, word):
    """With any separators, no more than the last four digits of a number are left."""
    number, text = spelling
    for written in (text, text.translate(SPELLINGS)):
        redacted = redact(f"{word} {written} {word}")
        assert "card" in redacted.found
        left = "".join(letter for letter in redacted.text if letter.isdecimal())
        assert len(left) <= 4
        assert redacted.text.count("[card ••••") == 1
    assert is_card_number(number)


@given(
    st.lists(
        st.one_of(
            spelled().map(lambda pair: pair[1]),
            st.text(max_size=20),
            st.sampled_from(
                [
                    "cvv 123",
                    "12/29",
                    "vence 1229",
                    "código 456",
                    "tarjeta",
                    "1234",
                    "[card ••••",
                    "]",
                ]
            ),
        ),
        max_size=6,
    ).map(" ".join)
)
def test_redacting_twice_changes_nothing(text):
    """A redacted text is clean: the second pass finds nothing more."""
    once = redact(text)
    assert redact(once.text).text == once.text
    assert redact(once.text).found == ()


@given(
    st.sampled_from(
        [
            ("52", 10),
            ("521", 10),
            ("502", 8),
            ("503", 8),
            ("504", 8),
            ("505", 8),
            ("57", 10),
            ("1", 10),
        ]
    ),
    st.data(),
)
def test_corridor_telephone_numbers_stay(plan, data):
    """Telephone numbers of the corridors, with or without `+`, are no cards."""
    country, length = plan
    national = data.draw(st.text("0123456789", min_size=length, max_size=length))
    for text in (f"+{country} {national}", f"mi número es {country}{national}, gracias"):
        assert redact(text).text == text


@given(st.integers(min_value=0, max_value=10**9), st.sampled_from(["MXN", "USD", "pesos"]))
def test_amounts_stay(cents, currency):
    """An amount in either number style is no card."""
    for text in (f"{cents / 100:,.2f} {currency}", f"manda {cents / 100:.2f} {currency}"):
        assert redact(text).text == text


@given(st.text("0123456789", min_size=17, max_size=17))
def test_clabes_stay(head):
    """A CLABE in one piece, or in groups after its name, stays whatever its digits are."""
    weights = (3, 7, 1) * 6
    check = -sum(int(d) * w % 10 for d, w in zip(head, weights, strict=False)) % 10
    clabe = f"{head}{check}"
    for text in (
        clabe,
        f"CLABE {clabe[:4]} {clabe[4:8]} {clabe[8:12]} {clabe[12:16]} {clabe[16:]}",
    ):
        assert redact(text).text == text


@given(st.integers(min_value=1_500_000_000_000, max_value=1_999_999_999_999))
def test_time_stamps_stay(stamp):
    """Epoch milliseconds are no cards."""
    assert redact(f"t={stamp}").text == f"t={stamp}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4111 1111 1111 1111 12/29 123", "[card ••••1111] [expiry ••••] [security code ••••]"),
        ("4111111111111111\n12/29\n123", "[card ••••1111]\n[expiry ••••]\n[security code ••••]"),
        ("mi cvv es 123", "mi cvv es [security code ••••]"),
        ("CVC: 1234", "CVC: [security code ••••]"),
        ("cvv uno dos tres", "cvv [security code ••••]"),
        ("123 es mi cvv", "[security code ••••] es mi cvv"),
        ("the security code is 987", "the security code is [security code ••••]"),
        ("mi tarjeta vence 12/29", "mi tarjeta vence [expiry ••••]"),
        ("my card expires dec 2029", "my card expires [expiry ••••]"),
        ("visa, vence 1229", "visa, vence [expiry ••••]"),
        ("12/29 123", "[expiry ••••] [security code ••••]"),
        ("4111111111111111, código 123", "[card ••••1111], código [security code ••••]"),
    ],
)
def test_codes_and_expiry_dates_go_with_the_card(text, expected):
    """Security codes are removed where they are named, expiry dates near a card word or number."""
    assert redact(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "La cotización vence 12/29",
        "código de retiro 8123",
        "Visa terminada en 4242",
        "pagué con tarjeta el 12/11/2026",
        "manda 300 con mi tarjeta",
        "nací el 12/05/1990",
        "",
    ],
)
def test_ordinary_words_about_cards_stay(text):
    """Pickup codes, last four digits, dates and amounts are left alone."""
    assert redact(text).text == text


def test_mappings_are_redacted_at_every_depth():
    """Strings, whole numbers and values under a code's key are redacted; all else is equal."""
    redacted = redact_mapping(
        {
            "a": [{"card": 4111111111111111}, "mi cvv es 123"],
            "cvv": "123",
            "amount": 300,
            "ok": True,
            "none": None,
        }
    )
    assert redacted.value == {
        "a": [{"card": "[card ••••1111]"}, "mi cvv es [security code ••••]"],
        "cvv": "[security code ••••]",
        "amount": 300,
        "ok": True,
        "none": None,
    }
    assert set(redacted.found) == {"card", "security_code"}


@pytest.mark.parametrize("piece", ["1 ", "4 ", "cvv ", "[card ", "vence ", "4111 ", "12/", "+1 "])
def test_time_grows_with_the_length_only(piece):
    """Sixteen times the text takes sixteen times the work, not 256 times; CPU time, not the clock.

    The smaller one is long enough to be measured on any machine.
    """

    def spent(repetitions):
        started = time.process_time()
        redact(piece * repetitions)
        return time.process_time() - started

    spent(1_000)
    small = min(spent(6_000) for _ in range(3))
    assert spent(96_000) < 64 * max(small, 0.001)


@given(st.text())
def test_it_never_raises(text):
    """Any text gives a result."""
    assert isinstance(redact(text).text, str)
