"""The digest: every argument of a transfer is in it, and nothing else is."""

from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal

import pytest

from lola.domain.transfer import Money, Terms, digest_of
from tests.support import NOW, quote, terms

OTHER = {"payout_method": "bank_account", "amount": Decimal(201), "country": "GT"}


@pytest.mark.parametrize("field", [field.name for field in fields(Terms)])
def test_every_term_is_in_the_digest(field: str) -> None:
    """Changing any one argument voids a confirmation."""
    changed = replace(terms(), **{field: OTHER.get(field, "changed")})
    assert digest_of(changed, quote()) != digest_of(terms(), quote())


@pytest.mark.parametrize("field", ["send", "fee", "total", "receive"])
def test_every_figure_is_in_the_digest(field: str) -> None:
    """So does any quoted figure."""
    changed = quote(**{field: Money(amount=Decimal("1.00"), currency="USD")})
    assert digest_of(terms(), changed) != digest_of(terms(), quote())


def test_the_digest_is_about_the_transfer_and_not_about_the_quote_id() -> None:
    """The same figures quoted again have the same digest."""
    again = quote(id="q-2", expires_at=NOW + timedelta(hours=1))
    assert digest_of(terms(), again) == digest_of(terms(), quote())
