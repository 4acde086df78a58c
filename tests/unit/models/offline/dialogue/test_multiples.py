"""Words of money that count more than one unit."""

import pytest

from lola.models.offline.dialogue.facts import Facts
from lola.models.offline.dialogue.slots import State, settle


@pytest.mark.parametrize(
    ("country", "currency", "amount"), [("CO", "COP", "50000"), ("PE", "PEN", "50")]
)
def test_by_country(country: str, currency: str, amount: str) -> None:
    """A "luca" is a thousand pesos in Colombia and one sol in Peru."""
    entry = {"code": country, "currency": currency, "source_currency": "USD"}
    state = State(values={"country": country, "amount": "50", "amount_currency": "luca"})
    settled = settle(state, Facts(countries={country: entry}))
    assert (settled.get("amount"), settled.get("amount_currency")) == (amount, currency)
