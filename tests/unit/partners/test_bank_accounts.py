"""Check digits of account numbers: right ones pass, and every single wrong digit is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.partners.bank_accounts import check_account, clabe_check_digit

CLABE = "014027000005555558"
IBAN = "GT82TRAJ01020000001210029690"

seventeen = st.text("0123456789", min_size=17, max_size=17)


@pytest.mark.parametrize("clabe", [CLABE, "002320275621938815"])
def test_the_documented_samples_are_good(clabe):
    """The numbers of reference/m2m.md 2.9 and reference/raas.md 5.11 satisfy the rule."""
    assert check_account("MX", clabe).valid


@given(seventeen)
def test_every_made_number_is_good(first):
    """A number closed with its check digit always passes."""
    clabe = first + clabe_check_digit(first)
    assert check_account("MX", clabe).canonical == clabe


@given(seventeen, st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(first, position, shift):
    """The weights 3, 7 and 1 have no common factor with ten, so no single change hides."""
    clabe = first + clabe_check_digit(first)
    wrong = str((int(clabe[position]) + shift) % 10)
    spoiled = clabe[:position] + wrong + clabe[position + 1 :]
    assert check_account("MX", spoiled).reason == "check_digit"


@given(st.sampled_from(["MX", "GT", "CO"]), st.text())
def test_no_text_breaks_the_check(country, text):
    """Whatever a sender types is answered with a verdict; a bad one keeps no number."""
    checked = check_account(country, text)
    assert checked.valid == (checked.reason == "") == (checked.canonical != "")


@pytest.mark.parametrize(
    ("country", "account", "reason"),
    [
        ("MX", "014 027 00000 5555558", ""),
        ("MX", "0140-2700-0005-5555-58", ""),
        ("MX", "01402700000555555", "length"),
        ("MX", "0140270000055555580", "length"),
        ("MX", "01402700000555555O", "characters"),
        ("MX", "٠١٤٠٢٧٠٠٠٠٠٥٥٥٥٥٥٨", "characters"),
        ("MX", "", "characters"),
        ("GT", IBAN, ""),
        ("GT", "gt82 traj 0102 0000 0012 1002 9690", ""),
        ("GT", "GT83TRAJ01020000001210029690", "check_digit"),
        ("GT", IBAN[:-1], "length"),
        ("GT", "GT82", "characters"),
        ("GT", "0123456789", ""),
        ("CO", "12", "length"),
        ("CO", "abc", "characters"),
    ],
)
def test_forms_of_account_numbers(country, account, reason):
    """Spaces and dashes are fine; length, characters and check digits are distinguished."""
    checked = check_account(country, account)
    assert (checked.valid, checked.reason) == (not reason, reason)
