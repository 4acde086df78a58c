"""PayHub in RaaS shapes: the 404 question, the verdicts, and figures that must add up."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from lola.errors import PartnerRefusedError, PartnerUnavailableError
from lola.partners.payhub import PayhubClient, PayhubRequests
from lola.partners.payhub.routes import ROUTES
from lola.partners.payhub.scopes import ROUTE_SCOPES
from lola.partners.remittances import Validation

PHONE = "+15550100001"
PROFILE = {
    "id": "OSZwErXgt1MGPHwkYJVqz3LTN0R2",
    "firstName": "Ana",
    "lastName": "Ruiz",
    "phoneNumber": PHONE,
    "countryCode": "US",
    "status": "Approved",
    "gender": "Female",
}
QUOTE = {
    "id": "q1",
    "sourceCurrency": "USD",
    "destinationCurrency": "MXN",
    "reason": "None",
    "sourceAmount": 100,
    "destinationAmount": 1725,
    "exchangeRate": 17.25,
    "sourceFee": 1.5,
    "transactionFee": 2.49,
    "totalAmount": 103.99,
    "isExecutable": True,
    "validTimeInMinutes": 10,
    "somethingNew": [],
}


@pytest.fixture
def client(http, partner, clock, sleep):
    requests = PayhubRequests(http, base_url=partner.url, api_key="key", timeout=5, sleep=sleep)
    return PayhubClient(requests, clock=clock)


@pytest.fixture
def quote(client):
    return lambda amount="100", currency="USD": client.quote(
        country="MX", payout_method="bank_account", amount=Decimal(amount), currency=currency
    )


def test_documented_routes_are_spelled_as_documented():
    """The routes that the reference prints are these (reference/raas.md 5, 6, 7)."""
    assert {str(route) for route in ROUTES.values() if not route.inferred} == {
        "POST /auth/get-user-token-v2",
        "POST /auth/register-user-v2",
        "POST /auth/sessionlink-v2",
        "GET /auth/sessionlink-v4/{user}",
        "POST /auth/auth-by-token-link",
        "GET /user/profile/{alias}",
        "PUT /user/profile/{alias}",
        "GET /cip/process/{phone}",
        "GET /user/funding/source/send-money/{user}",
        "GET /user/contacts/{user}",
        "GET /user/funding/contact/source/{user}",
        "GET /user/corridors",
        "POST /user/operations/operation-quote-lite",
        "GET /user/operations/{user}",
        "GET /user/operations/detail/{id}",
        "POST /cip/can-operate/{user}",
        "POST /user/contacts/{user}",
        "PUT /user/contacts/{user}",
        "GET /user/funding/source/get-receiving-methods/{user}",
        "POST /user/operations/request-money-v2/{user}",
        "POST /user/operations/request-money-full",
        "POST /user/operations/operation-quote-v2/{user}",
        "GET /user/operations/status/{user}/{id}",
        "GET /user/operations/frequent/{user}/{limit}",
        "GET /user/corridors/available-receiver-methodtypes/{user}",
        "POST /user/funding/source/card/add/{user}",
        "GET /user/funding/source/get-payment-method-v2/{user}",
        "POST /user/funding/source/ubn-account/add/{user}",
    }


def test_each_route_has_its_scopes():
    """No call is without the scopes that it wants (reference/raas.md 2.3)."""
    assert set(ROUTE_SCOPES) == set(ROUTES)


async def test_an_identified_sender(client, partner):
    """Profile, verdict and display names of payment methods become one ContextUser."""
    methods = [
        {"id": "1", "type": "CreditCard", "cardNetwork": "Visa", "number": "tok_sandbox_x_1234"},
        {"id": "2", "type": "DebitCard", "cardNetwork": "AmericanExpress", "number": "tok_0005"},
        {"id": "3", "type": "BankAccount", "paymentMethodOwner": "BCP", "accountNumber": "00987"},
        {"id": "4", "type": "MobileWallet", "name": "Wallet of 5512345678"},
        {"id": "5", "type": "DebitCard", "name": "Gone", "status": "Removed"},
        {"id": "6", "type": "DebitCard", "name": "Stopped", "canOperate": False},
    ]
    partner.answer(PROFILE).at("/cip/", {"status": "Completed"}).at("/funding/", methods)
    user = await client.find_sender(PHONE)
    assert user is not None
    assert (user.user_id, user.first_name, user.country) == (PROFILE["id"], "Ana", "US")
    assert user.is_verified
    assert [(method.label, method.kind) for method in user.payment_methods] == [
        ("Visa •••• 1234", "card"),
        ("American Express •••• 0005", "card"),
        ("BCP •••• 0987", "bank_account"),
        ("Wallet of", "mobile_wallet"),
    ]
    assert partner.requests[0][1] == "/user/profile/%2B15550100001"
    assert partner.requests[0][3]["api_key"] == "key"


@pytest.mark.parametrize("code", ["ERROR_USER_NOT_FOUND", "USER_NOT_FOUND"])
async def test_a_clear_404_means_no_such_sender(client, partner, code):
    """Only the documented codes in a well-formed 404 say that the number is unknown."""
    partner.answer({"code": code, "reason": "User not found"}, 404)
    assert await client.find_sender(PHONE) is None
    assert len(partner.requests) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"reason": "User not found"}),
        (404, {"code": "ERROR_SUBSCRIBER_NOT_FOUND", "reason": "x"}),
        (404, {"code": ["USER_NOT_FOUND"]}),
        (404, ["USER_NOT_FOUND"]),
        (404, "USER_NOT_FOUND"),
        (404, "<html>404 Not Found</html>"),
        (404, ""),
        (400, {"code": "USER_NOT_FOUND", "reason": "x"}),
        (403, {"code": "USER_NOT_FOUND", "reason": "x"}),
        (401, {"reason": "Missing or invalid API key"}),
        (401, {"code": "NO_SCOPE", "reason": "Partner does not have the required scope"}),
        (200, {}),
        (200, {"id": ""}),
        (200, {"id": None}),
        (200, None),
        (200, []),
        (200, "<html>hello</html>"),
        (200, {"code": "USER_NOT_FOUND"}),
        (204, ""),
        (302, {"code": "USER_NOT_FOUND"}),
        (429, {"code": "USER_NOT_FOUND"}),
        (500, {"code": "USER_NOT_FOUND"}),
        (503, "down"),
    ],
)
async def test_everything_else_is_unavailable(client, partner, status, body):
    """No other answer may be read as "this person is new" (reference/lola.md 20.3)."""
    for _ in range(3):
        partner.answer(body, status)
    with pytest.raises(PartnerUnavailableError):
        await client.find_sender(PHONE)


async def test_a_silent_service_is_unavailable(http, partner, clock):
    """A time-out is an outage."""
    requests = PayhubRequests(http, base_url=partner.url, api_key="k", timeout=0.05)
    client = PayhubClient(requests, clock=clock)
    partner.hang()
    with pytest.raises(PartnerUnavailableError):
        await client.find_sender(PHONE)


@pytest.mark.parametrize(
    ("cip", "verdict"),
    [
        ({"status": "Approved"}, "passed"),
        ({"status": "Completed"}, "passed"),
        ({"level2status": "Success"}, "passed"),
        ({"status": "OnProcess"}, "pending"),
        ({"status": "UpgradeInProgress"}, "pending"),
        ({"status": "UpgradeFailed"}, "pending"),
        ({"level1status": "Pending"}, "pending"),
        ({"status": "Completed", "level2statusDetail": "ComplianceBlocked"}, "blocked"),
        ({"status": "Completed", "level1statusDetail": "OfacFailed"}, "blocked"),
        ({"status": "Completed", "accountStatus": "Blocked"}, "blocked"),
        ({"status": "Completed", "errorsProcess": {"ERROR_OFAC_NOT_VALID": True}}, "blocked"),
        ({"status": "Completed", "errorsProcess": {"ERROR_OFAC_NOT_VALID": False}}, "passed"),
        ({"status": "InQuarantine"}, "InQuarantine"),
    ],
)
async def test_verdicts(client, partner, cip, verdict):
    """CIP statuses map to verdicts; a sanctions hit beats any status; unknown ones are kept."""
    partner.answer(PROFILE).at("/cip/", cip).at("/funding/", [])
    user = await client.find_sender(PHONE)
    assert user is not None
    assert user.verdict == verdict
    assert user.is_blocked == (verdict == "blocked")
    assert user.is_verified == (verdict == "passed")


@pytest.mark.parametrize(
    ("cip", "status"),
    [
        ({}, 200),
        ({"status": None}, 200),
        ({"status": 7}, 200),
        ({"code": "USER_NOT_FOUND", "reason": "x"}, 404),
    ],
)
async def test_no_verdict_is_unavailable(client, partner, cip, status):
    """A sender without a clear verdict is not let through, nor taken for a new one."""
    partner.answer(PROFILE).at("/cip/", cip, status).at("/funding/", [])
    with pytest.raises(PartnerUnavailableError):
        await client.find_sender(PHONE)


async def test_a_quote(quote, partner, clock):
    """All fees are summed, amounts are in the minor unit, and the quote expires as it says."""
    partner.answer(QUOTE)
    found = await quote()
    assert (found.send.amount, found.fee.amount, found.total.amount, found.receive.amount) == (
        Decimal("100.00"),
        Decimal("3.99"),
        Decimal("103.99"),
        Decimal("1725.00"),
    )
    assert str(found.send.amount) == "100.00"
    assert found.rate == Decimal("17.25")
    assert found.expires_at == clock() + timedelta(minutes=10)
    assert json.loads(partner.requests[0][2])["isSenderAmount"] is True


async def test_a_quote_by_the_amount_received(quote, partner):
    """Named in the destination's currency, the amount is what should arrive."""
    partner.answer(QUOTE)
    assert (await quote("1725", "MXN")).receive.amount == Decimal(1725)
    assert json.loads(partner.requests[0][2])["isSenderAmount"] is False


@pytest.mark.parametrize(
    "change",
    [
        {"sourceAmount": 101},
        {"totalAmount": 104},
        {"sourceCurrency": "EUR"},
        {"exchangeRate": 0},
        {"destinationAmount": 0},
        {"sourceFee": -10, "totalAmount": 92.49},
        {"destinationAmount": 1725.001},
        {"sourceAmount": None},
        {"isExecutable": "perhaps"},
        {"destinationAmount": "many"},
        {"validTimeInMinutes": None},
    ],
)
async def test_figures_that_do_not_fit_are_an_outage(quote, partner, change):
    """A quote is accepted only when it fits the request and adds up."""
    partner.answer(QUOTE | change)
    with pytest.raises(PartnerUnavailableError):
        await quote()


async def test_an_answer_in_another_currency_is_an_outage(quote, partner):
    """Asked for pesos, quetzales are no answer."""
    partner.answer(QUOTE | {"destinationCurrency": "GTQ"})
    with pytest.raises(PartnerUnavailableError):
        await quote("1725", "MXN")


async def test_a_quote_that_may_not_run_is_refused(quote, partner):
    """RaaS's own reason is the code (reference/raas.md 8.1)."""
    partner.answer(QUOTE | {"isExecutable": False, "reason": "LimitsValidation"})
    with pytest.raises(PartnerRefusedError) as caught:
        await quote()
    assert caught.value.partner_code == "LimitsValidation"


async def test_corridors_are_grouped_by_country(client, partner):
    """One corridor per country with its active methods and widest limits; unknown ones are left."""
    row = {
        "Id": "1",
        "DestinationPaymentMethodType": "UBN",
        "LowerLimit": 10,
        "UpperLimit": 1000.5,
        "IsActive": True,
        "SourceCountry": "US",
        "DestinationCountry": "MX",
        "SourceCurrency": "USD",
        "DestinationCurrency": "MXN",
    }
    partner.answer(
        [
            row,
            row | {"DestinationPaymentMethodType": "CLABE"},
            row | {"DestinationPaymentMethodType": "CashLoadLocation", "LowerLimit": 5},
            row | {"DestinationPaymentMethodType": "MobileWallet", "IsActive": False},
            row | {"DestinationPaymentMethodType": "Teleport"},
            row | {"DestinationCountry": "GT", "DestinationCurrency": "GTQ"},
        ]
    )
    mexico, guatemala = await client.corridors()
    assert mexico.payout_methods == ("bank_account", "cash_pickup")
    assert (mexico.minimum, mexico.maximum) == (Decimal(5), Decimal("1000.5"))
    assert mexico.names == {"es": "México", "en": "Mexico"}
    assert mexico.account_label == "CLABE"
    assert guatemala.payout_methods == ("bank_account",)


async def test_a_bad_number_never_leaves(client, partner):
    """A CLABE with a wrong check digit is answered here, without a call."""
    checked = await client.validate_account("MX", "014027000005555559")
    assert checked == Validation(valid=False, reason="check_digit")
    assert partner.requests == []


async def test_the_banks_word_on_a_number_counts(client, partner):
    """A number with good digits may still be refused, by code or by answer."""
    partner.answer({"code": "UBN_VALIDATION_ERROR", "reason": "x"}, 400)
    partner.answer({"valid": False, "reason": "closed"})
    partner.answer({"valid": True, "bankName": "Santander"})
    partner.answer({"valid": False, "reason": "unknown_bank"})
    clabe = "0140 2700 0005 5555 58"
    assert (await client.validate_account("MX", clabe)).reason == "refused"
    assert (await client.validate_account("MX", clabe)).reason == "closed"
    good = await client.validate_account("MX", clabe)
    assert (good.canonical, good.bank_name) == ("014027000005555558", "Santander")
    nameless = await client.validate_account("MX", clabe)
    assert (nameless.valid, nameless.bank_name) == (True, "")
    assert all(clabe.replace(" ", "") not in path for _, path, _, _ in partner.requests)


async def test_recipients(client, partner):
    """A contact becomes a recipient; of an account no more than the last four digits come out."""
    contact = {"phone": "+525512345678", "firstName": "Rosa", "countryCode": "MX", "id": "c1"}
    source = {"type": "CLABE", "accountNumber": "014027000005555558", "externalId": "014"}
    partner.answer([contact]).answer([source])
    (recipient,) = await client.recipients("user")
    assert recipient.account_hint == "•••• 5558"
    assert (recipient.payout_method, recipient.payer_id) == ("bank_account", "014")
    assert "0140270" not in repr(recipient)
    assert partner.requests[1][1].endswith("?destinationPhone=%2B525512345678")


async def test_a_contact_without_a_source_is_still_a_recipient(client, partner):
    """The documented "no such payment method" leaves the payout method open."""
    partner.answer([{"phone": "+525512345678"}])
    partner.answer({"code": "ERROR_PAYMENT_METHOD_NOT_FOUND", "reason": "x"}, 404)
    (recipient,) = await client.recipients("user")
    assert recipient.payout_method is None
    assert recipient.id == "+525512345678"


async def test_one_broken_look_up_is_an_error_not_a_gap(client, partner):
    """A recipient is not shown without their account because a call failed."""
    partner.answer([{"phone": "+525512345678"}]).answer({"code": "ERROR_X", "reason": "x"}, 400)
    with pytest.raises(PartnerRefusedError):
        await client.recipients("user")


async def test_errors_name_fields_not_values(client, partner):
    """What a broken answer held stays out of the error's text."""
    partner.answer([{"phone": {"number": PHONE}}])
    with pytest.raises(PartnerUnavailableError) as caught:
        await client.recipients("user")
    assert "0.phone" in str(caught.value)
    assert "5550100001" not in str(caught.value)
