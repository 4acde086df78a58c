"""A platform without HTTP: its domain on a clock that the test moves."""

import pytest

from lola.sandbox.m2m.request_schemas import read_create

BANK = {
    "type": "bank_account",
    "bankAccount": {"country": "MX", "accountNumber": "014027000005555558"},
}
WHOLE = {
    "name": {
        "firstName": "Ana",
        "secondName": "María",
        "lastName": "Ruiz",
        "secondLastName": "Paz",
    },
    "idNumber": "GAPA900515HDFRRL09",
    "idType": "CURP",
    "dob": "1990-05-15",
}
DEVICE = {"userAgent": "x", "platform": "iOS", "language": "es-MX"}
AMOUNT = {
    "send": 100,
    "receive": 1725,
    "rate": 17.25,
    "fee": 3.99,
    "currency": {"source": "USD", "destination": "MXN"},
}


@pytest.fixture
def platform(sandbox):
    return sandbox.m2m


@pytest.fixture
def partner(platform):
    return platform.partners.find("sol")


@pytest.fixture
def make(platform, partner):
    """Make a link as the API would."""

    def make_(reference="user-1", **fields):
        return platform.create_link(partner, read_create({"referenceId": reference} | fields))

    return make_


@pytest.fixture
def state(platform):
    return lambda link: platform.users.get(link.user_id).state
