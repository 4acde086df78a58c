"""PayHub's stand-in, through the real client: the documented test numbers, prices and errors."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.errors import PartnerRefusedError, PartnerUnavailableError
from lola.sandbox.payhub.pricing import price_transfer
from lola.sandbox.payhub.sample_data import COUNTRIES, FEES


async def test_the_verified_sender(payhub):
    """+15550100001 is Ana Ruiz, passed, with two recipients and two payment methods."""
    user = await payhub.find_sender("+15550100001")
    assert (user.first_name, user.last_name, user.verdict, user.country) == (
        "Ana",
        "Ruiz",
        "passed",
        "US",
    )
    assert [method.label for method in user.payment_methods] == [
        "Visa •••• 4242",
        "First Demo Bank •••• 6789",
    ]
    rosa, luis = await payhub.recipients(user.user_id)
    assert (rosa.first_name, rosa.country, rosa.payout_method, rosa.account_hint) == (
        "Rosa",
        "MX",
        "bank_account",
        "•••• 5558",
    )
    assert (luis.country, luis.payout_method, luis.payer_id) == ("GT", "cash_pickup", "gt-banrural")


@pytest.mark.parametrize(
    ("phone", "verdict", "blocked"),
    [("+15550100002", "blocked", True), ("+15550100003", "pending", False)],
)
async def test_the_other_documented_senders(payhub, phone, verdict, blocked):
    """One number is blocked, one waits for its identity check."""
    user = await payhub.find_sender(phone)
    assert (user.verdict, user.is_blocked, user.is_verified) == (verdict, blocked, False)


async def test_the_broken_and_the_unknown_number(payhub):
    """+15550100009 makes PayHub fail; any other number is unknown."""
    with pytest.raises(PartnerUnavailableError):
        await payhub.find_sender("+15550100009")
    assert await payhub.find_sender("+15550109999") is None


async def test_corridors_payers_and_banks(payhub):
    """Six countries from the United States; each has payers and banks; elsewhere there are none."""
    corridors = await payhub.corridors()
    assert {(one.country, one.currency) for one in corridors} == {
        ("MX", "MXN"),
        ("GT", "GTQ"),
        ("SV", "USD"),
        ("HN", "HNL"),
        ("CO", "COP"),
        ("DO", "DOP"),
    }
    for corridor in corridors:
        assert {"bank_account", "cash_pickup"} <= set(corridor.payout_methods)
        assert await payhub.payers(corridor.country)
        assert await payhub.banks(corridor.country)
    assert await payhub.payers("FR") == await payhub.banks("FR") == ()
    assert ("014", "Santander México") in {
        (bank.code, bank.name) for bank in await payhub.banks("MX")
    }


@pytest.mark.parametrize("country", COUNTRIES)
async def test_quotes_in_both_directions(payhub, country):
    """Sent and received amounts are priced exactly; the fee follows the payout method."""
    there = COUNTRIES[country]
    for method, kind in (("bank_account", "UBN"), ("cash_pickup", "CashLoadLocation")):
        sent = await payhub.quote(
            country=country, payout_method=method, amount=Decimal("250.50"), currency="USD"
        )
        assert sent.send.amount == Decimal("250.50")
        assert sent.fee.amount == FEES[kind]
        assert sent.receive.currency == there.currency
        got = await payhub.quote(
            country=country,
            payout_method=method,
            amount=sent.receive.amount,
            currency=there.currency,
        )
        assert got.receive == sent.receive
        assert abs(got.send.amount - sent.send.amount) <= Decimal("0.01")


@given(
    st.sampled_from(sorted(COUNTRIES)),
    st.decimals("0.01", "99999", places=2),
    st.booleans(),
)
def test_prices_are_money(country, amount, is_sent):
    """Every figure is in the minor unit, and the recipient never gets less than was asked."""
    figures = price_transfer(country, "UBN", amount, is_sender_amount=is_sent)
    for figure in (figures.send, figures.receive, figures.fee):
        assert figure == figure.quantize(Decimal("0.01"))
    if not is_sent:
        assert figures.receive == amount
        assert figures.send * figures.rate >= amount


@pytest.mark.parametrize("amount", ["9.99", "2999.01"])
async def test_outside_the_limits(payhub, amount):
    """10 to 2,999 dollars; beyond that RaaS's own reason comes back."""
    with pytest.raises(PartnerRefusedError) as caught:
        await payhub.quote(
            country="MX", payout_method="cash_pickup", amount=Decimal(amount), currency="USD"
        )
    assert caught.value.partner_code == "LimitsValidation"


@pytest.mark.parametrize(
    ("country", "method", "amount", "currency"),
    [
        ("FR", "bank_account", "100", "USD"),
        ("MX", "mobile_wallet", "100", "USD"),
        ("MX", "card", "100", "USD"),
        ("MX", "bank_account", "0", "USD"),
        ("MX", "bank_account", "-1", "USD"),
        ("MX", "bank_account", "100.001", "USD"),
        ("MX", "bank_account", "100", "GTQ"),
    ],
)
async def test_questions_that_have_no_price(payhub, country, method, amount, currency):
    """Unknown corridors, methods, currencies and amounts are refused with the documented code."""
    with pytest.raises(PartnerRefusedError) as caught:
        await payhub.quote(
            country=country, payout_method=method, amount=Decimal(amount), currency=currency
        )
    assert caught.value.partner_code == "ERROR_INVALID_QUOTATION_REQUEST_DATA"


@pytest.mark.parametrize(
    ("account", "valid", "reason", "bank"),
    [
        ("014027000005555558", True, "", "Santander México"),
        ("014027000005555559", False, "check_digit", ""),
        ("999027000005555550", True, "", ""),
    ],
)
async def test_clabe_numbers(payhub, account, valid, reason, bank):
    """The check digit decides; a bank outside the list has no name, and the number is right."""
    found = await payhub.validate_account("MX", account)
    assert (found.valid, found.reason, found.bank_name) == (valid, reason, bank)


@pytest.mark.parametrize("key", [None, "wrong", "ñ"])
async def test_the_api_key_is_checked(http, sandbox, key):
    """401 with the documented body (reference/raas.md 3)."""
    headers = {} if key is None else {"api_key": key}
    async with http.get(f"{sandbox.url}/raas/v1/user/corridors", headers=headers) as response:
        assert response.status == 401
        assert await response.json() == {"reason": "Missing or invalid API key"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/user/profile/%2B19990000000", 404, "USER_NOT_FOUND"),
        ("GET", "/cip/process/%2B19990000000", 404, "USER_NOT_FOUND"),
        ("GET", "/user/contacts/nobody", 404, "ERROR_USER_NOT_FOUND"),
        ("POST", "/user/operations/operation-quote-lite", 400, "ERROR_INVALID_SCHEMA"),
    ],
)
async def test_error_bodies(http, sandbox, credentials, method, path, status, code):
    """Errors have `reason` and `code` (reference/raas.md 3)."""
    headers = {"api_key": credentials.raas_api_key}
    url = f"{sandbox.url}/raas/v1{path}"
    async with http.request(method, url, headers=headers, data=b"[]") as response:
        body = await response.json()
    assert (response.status, body["code"]) == (status, code)
    assert body["reason"]
