"""What a link is pre-filled with: only what the bank sends, and only what it may be."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from lola.domain.identity import UNKNOWN
from lola.errors import PartnerUnavailableError
from lola.money.accounts import PURPOSE, Accounts
from lola.money.bank_data import BankData
from lola.money.payouts import Payouts
from lola.money.prefill import Prefill
from lola.money.sealing import Sealer
from lola.partners.m2m.contract import PAYOUT_TYPES
from tests.support import ManualClock, identified, terms, turn

CLABE = "014027000005555558"
FIELDS = ("name.firstName", "name.lastName", "paymentMethod")
DEPOSIT = {"payout_method": "bank_account", "payer_id": "014", "payer_name": "Santander México"}
SAVED = {**DEPOSIT, "recipient_id": "ct-rosa", "account": "•••• 5558"}
METHOD = {"type": "bank_account", "bankAccount": {"country": "MX", "accountNumber": CLABE}}


class Record:
    """The bank's record of saved people, which holds one account, or fails."""

    def __init__(self, number: str = CLABE, *, down: bool = False) -> None:
        self.number = number
        self.down = down

    async def account_on_file(self, user_id: str, recipient_id: str) -> str:
        if self.down:
            raise PartnerUnavailableError("payhub", "down")
        return self.number if (user_id, recipient_id) == ("u-1", "ct-rosa") else ""


async def known(phone: str, fields: Sequence[str]) -> Mapping[str, Any]:
    """Return more than was asked for, and values that are none."""
    del phone, fields
    return {"name.firstName": "Ana", "name.lastName": "x" * 101, "idNumber": "GAPA900515HDFRRL09"}


def sealer(letter: str = "s") -> Sealer:
    return Sealer((letter * 40,), purpose=PURPOSE, tenant="bank", setting="CALLBACK_SECRET")


def prefill(record: Record | None = None, source: Any = known, fields: Any = FIELDS) -> Prefill:
    return Prefill(
        bank=BankData(source, timeout=1),
        remittances=record or Record(),
        payouts=Payouts(None, ManualClock(), types=PAYOUT_TYPES),
        accounts=Accounts(sealer=sealer()),
        fields=fields,
    )


async def test_only_asked_and_usable_values_are_sent() -> None:
    """A source may return anything; the setting decides."""
    data = await prefill().user_data(turn(), terms(**DEPOSIT, account=CLABE), "tk_1")
    assert data == {"name": {"firstName": "Ana"}, "paymentMethod": METHOD}


async def test_an_id_is_sent_only_by_a_bank_that_adds_it() -> None:
    """The default leaves the government id to the sender."""
    asked = prefill(fields=(*FIELDS, "idNumber"))
    data = await asked.user_data(turn(), terms(**DEPOSIT, account=CLABE), "tk_1")
    assert data is not None
    assert data["idNumber"] == "GAPA900515HDFRRL09"


async def test_a_source_that_fails_costs_the_name_only() -> None:
    """The account does not depend on it."""

    async def failing(phone: str, fields: Sequence[str]) -> Mapping[str, str]:
        raise RuntimeError(phone, fields)

    data = await prefill(source=failing).user_data(turn(), terms(**DEPOSIT, account=CLABE), "tk_1")
    assert data == {"paymentMethod": METHOD}


async def test_the_partner_gets_the_whole_number_of_a_sealed_account() -> None:
    """The terms have its last four characters; only the link gets the number itself."""
    sealed = terms(**DEPOSIT, account="[••••5558]", account_seal=sealer().seal(CLABE.encode()))
    data = await prefill().user_data(turn(), sealed, "tk_1")
    assert data is not None
    assert data["paymentMethod"] == METHOD
    assert CLABE not in repr(sealed)


async def test_an_account_that_cannot_be_opened_any_more_is_not_sent() -> None:
    """After a change of keys the page asks for it; what is masked is no number."""
    other = sealer("t").seal(CLABE.encode())
    sealed = terms(**DEPOSIT, account="[••••5558]", account_seal=other)
    assert await prefill().user_data(turn(), sealed, "tk_1") is None


async def test_a_saved_account_is_read_from_the_record_of_this_sender() -> None:
    """The masked hint in the terms is never sent."""
    data = await prefill().user_data(turn(identity=identified()), terms(**SAVED), "tk_1")
    assert data is not None
    assert data["paymentMethod"] == METHOD


@pytest.mark.parametrize(
    ("record", "identity"),
    [
        (Record(down=True), identified()),
        (Record(""), identified()),
        (Record("014027000005555559"), identified()),
        (Record(), identified(user_id="u-2")),
        (Record(), UNKNOWN),
    ],
)
async def test_without_a_right_account_nothing_is_sent(record: Record, identity: Any) -> None:
    """The partner requires the payout with all other data (reference/m2m.md 3.1)."""
    assert await prefill(record).user_data(turn(identity=identity), terms(**SAVED), "tk_1") is None


@pytest.mark.parametrize("method", ["mobile_wallet", "card"])
async def test_a_payout_without_a_documented_form_is_not_sent(method: str) -> None:
    """Only two branches are known (reference/m2m.md 3.2)."""
    assert await prefill().user_data(turn(), terms(payout_method=method), "tk_1") is None


async def test_no_fields_send_nothing() -> None:
    """The bank may switch it off."""
    data = await prefill(fields=()).user_data(turn(), terms(**DEPOSIT, account=CLABE), "tk_1")
    assert data is None
