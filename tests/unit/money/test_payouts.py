"""The payout methods that the partner allows: filtered, kept for minutes, open while unknown."""

from decimal import Decimal

import pytest

from lola.errors import PartnerRefusedError, PartnerUnavailableError
from lola.money.payouts import Payouts
from lola.partners.m2m.contract import PAYOUT_TYPES, payout_types
from lola.partners.m2m.model import PartnerSettings, Profile
from lola.partners.remittances import Corridor
from tests.support import ManualClock

ALL = ("bank_account", "cash_pickup", "mobile_wallet")


class Account:
    """An M2M client whose profile allows what the test says, or that fails."""

    def __init__(self, *allowed: str) -> None:
        self.allowed = allowed
        self.error: Exception | None = None
        self.asked = 0

    async def profile(self) -> Profile:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return Profile(settings=PartnerSettings(allowed_payment_methods=self.allowed))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def account() -> Account:
    return Account("bank_account", "wallet")


@pytest.fixture
def payouts(account: Account, clock: ManualClock) -> Payouts:
    return Payouts(account, clock, types=PAYOUT_TYPES)


def corridor(*methods: str) -> Corridor:
    return Corridor(
        country="MX", names={}, currency="MXN", source_currency="USD", payout_methods=methods,
        minimum=Decimal(1), maximum=Decimal(2),
    )  # fmt: skip


async def test_only_allowed_methods_stay_in_their_order(payouts: Payouts) -> None:
    """The partner's names are its own."""
    assert await payouts.allowed(ALL) == ("bank_account", "mobile_wallet")


async def test_a_country_without_an_allowed_method_is_not_served(payouts: Payouts) -> None:
    """Nothing could be sent there."""
    served = await payouts.served((corridor(*ALL), corridor("cash_pickup")))
    assert [one.payout_methods for one in served] == [("bank_account", "mobile_wallet")]


async def test_the_answer_is_kept_for_minutes(
    payouts: Payouts, account: Account, clock: ManualClock
) -> None:
    """Not every turn asks the partner; a change is seen after five minutes."""
    await payouts.allowed(ALL)
    account.allowed = ("cash",)
    clock.advance(minutes=4)
    assert await payouts.allowed(ALL) == ("bank_account", "mobile_wallet")
    clock.advance(minutes=1)
    assert await payouts.allowed(ALL) == ("cash_pickup",)
    assert account.asked == 2


async def test_an_empty_list_says_nothing(payouts: Payouts, account: Account) -> None:
    """The field is inferred: an account without it allows everything (reference/m2m.md 9.2)."""
    account.allowed = ()
    assert await payouts.allowed(ALL) == ALL


async def test_the_last_answer_counts_during_an_outage(
    payouts: Payouts, account: Account, clock: ManualClock
) -> None:
    """What is known stays known; the partner is asked again after half a minute."""
    await payouts.allowed(ALL)
    account.error = PartnerUnavailableError("m2m", "down")
    clock.advance(minutes=6)
    assert await payouts.allowed(ALL) == ("bank_account", "mobile_wallet")
    account.error = None
    account.allowed = ("cash",)
    clock.advance(seconds=29)
    assert await payouts.allowed(ALL) == ("bank_account", "mobile_wallet")
    clock.advance(seconds=1)
    assert await payouts.allowed(ALL) == ("cash_pickup",)


async def test_a_refused_question_is_not_repeated_at_once(
    payouts: Payouts, account: Account, clock: ManualClock
) -> None:
    """A route that the partner does not have is not called for every sender."""
    account.error = PartnerRefusedError("m2m", "no", partner_code="RESOURCE_NOT_FOUND", status=404)
    assert await payouts.allowed(ALL) == ALL
    clock.advance(minutes=4)
    assert await payouts.allowed(ALL) == ALL
    assert account.asked == 1


def test_a_bank_corrects_single_types() -> None:
    """All others keep their default names."""
    types = payout_types({"mobile_wallet": "e-wallet"})
    assert types == {**PAYOUT_TYPES, "mobile_wallet": "e-wallet"}
