"""Account and telephone numbers, told from amounts."""

import pytest

from lola.models.offline.nlu.long_numbers import find_long_numbers


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        ("CLABE 014027000005555558", "014027000005555558", "account"),
        ("014 027 0000 0555 5558", "014 027 0000 0555 5558", "account"),
        ("su cuenta es 12345678", "12345678", "account"),
        ("GT82TRAJ01020000001210029690", "GT82TRAJ01020000001210029690", "account"),
        ("+504 9999-1234", "+504 9999-1234", "phone"),
        ("su celular es 5512345678", "5512345678", "phone"),
        ("5512345678", "5512345678", ""),
    ],
)
def test_found(text: str, number: str, kind: str) -> None:
    """A number stays as written; words beside it and its length tell what it is."""
    (found,) = find_long_numbers(text)
    assert (found.text, found.kind) == (number, kind)


@pytest.mark.parametrize("text", ["200", "$1500000", "1.500.000", "2 dólares", "hola"])
def test_not_found(text: str) -> None:
    """Amounts are no accounts, however long they are written."""
    assert find_long_numbers(text) == ()
