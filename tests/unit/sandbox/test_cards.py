"""The rules for a typed card: what is right, what is wrong, and that nothing typed comes back."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.safety.input.cards import is_card_number
from lola.sandbox.vault.cards import DECLINED, TEST_CARDS, brand_of, check_card

TODAY = date(2026, 2, 10)
GOOD = {"number": "4111 1111 1111 1111", "expiry": "08/29", "code": "123"}


def test_a_good_card_leaves_brand_and_last_four():
    """Of a whole card only what may be shown is answered (reference/lola.md 18)."""
    card = check_card(GOOD, TODAY)
    assert card.errors == {}
    assert (card.brand, card.last4) == ("Visa", "1111")
    assert "411111" not in repr(card)


@pytest.mark.parametrize(("number", "brand"), TEST_CARDS.items())
def test_every_test_card_is_one(number, brand):
    """Issuer, length and check digit of the published numbers fit, and their brand is known."""
    assert is_card_number(number)
    assert brand_of(number) == brand


@pytest.mark.parametrize("number", [n for n in TEST_CARDS if n != DECLINED])
def test_test_cards_are_taken(number):
    """Each published number passes, with a code of its brand's length."""
    code = "1234" if brand_of(number) == "American Express" else "123"
    assert check_card({**GOOD, "number": number, "code": code}, TODAY).errors == {}


@pytest.mark.parametrize(
    ("typed", "field", "problem"),
    [
        ({"number": ""}, "number", "error_number_missing"),
        ({"number": "4111 1111 1111 1112"}, "number", "error_number"),
        ({"number": "4111"}, "number", "error_number"),
        ({"number": "cuatro uno"}, "number", "error_number"),
        ({"number": "4012888888881881"}, "number", "error_not_test"),
        ({"number": DECLINED}, "number", "error_declined"),
        ({"expiry": ""}, "expiry", "error_expiry"),
        ({"expiry": "13/29"}, "expiry", "error_expiry"),
        ({"expiry": "00/29"}, "expiry", "error_expiry"),
        ({"expiry": "08/2"}, "expiry", "error_expiry"),
        ({"expiry": "01/26"}, "expiry", "error_expired"),
        ({"code": ""}, "code", "error_code_missing"),
        ({"code": "12"}, "code", "error_code"),
        ({"code": "1234"}, "code", "error_code"),
        ({"code": "abc"}, "code", "error_code"),
        ({"number": "378282246310005", "code": "123"}, "code", "error_code"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(typed, field, problem):
    """Each mistake has its own sentence, at the field where it was made."""
    assert check_card(GOOD | typed, TODAY).errors == {field: problem}


@pytest.mark.parametrize(
    "expiry", ["08/29", "8/29", "08 / 29", "0829", "08-29", "08/2029", "02/26"]
)
def test_spellings_of_an_expiry(expiry):
    """A card is good to the end of its month, however the month is written."""
    assert check_card(GOOD | {"expiry": expiry}, TODAY).errors == {}


@given(
    st.fixed_dictionaries(
        {}, optional={"number": st.text(), "expiry": st.text(), "code": st.text()}
    )
)
def test_any_text_is_answered(typed):
    """No text crashes the check, and whatever is not a test card is refused."""
    assert check_card(typed, TODAY).errors
