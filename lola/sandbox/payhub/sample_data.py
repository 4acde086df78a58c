"""Sample data of the sandbox: countries, payers, banks, rates, fees, limits and senders.

Bank codes are real, everything else is invented. The tables are the same at every start, so that
documentation and tests can refer to them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from lola.domain.messages import JsonObject
from lola.sandbox.payhub.sample_records import OPERATIONS, USED

SOURCE_COUNTRY = "US"
SOURCE_CURRENCY = "USD"
MINIMUM = Decimal(10)
MAXIMUM = Decimal(2999)
QUOTE_MINUTES = 10

FEES: Mapping[str, Decimal] = MappingProxyType(
    {
        "UBN": Decimal("2.99"),
        "CashLoadLocation": Decimal("3.99"),
        "MobileWallet": Decimal("1.99"),
    }
)
"""Payout type → what the sender pays on top, in the source currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A destination country. `rate` is per unit of the source currency; ids are stable."""

    code: str
    currency: str
    rate: Decimal
    payers: Mapping[str, str]
    banks: Mapping[str, str]
    types: tuple[str, ...] = ("UBN", "CashLoadLocation")


COUNTRIES: Mapping[str, Country] = MappingProxyType(
    {
        country.code: country
        for country in (
            Country(
                code="MX",
                currency="MXN",
                rate=Decimal("17.25"),
                payers={"mx-elektra": "Elektra", "mx-oxxo": "OXXO", "mx-coppel": "Coppel"},
                banks={
                    "002": "Banamex",
                    "012": "BBVA México",
                    "014": "Santander México",
                    "021": "HSBC México",
                    "044": "Scotiabank México",
                    "072": "Banorte",
                    "127": "Banco Azteca",
                    "137": "BanCoppel",
                },
            ),
            Country(
                code="GT",
                currency="GTQ",
                rate=Decimal("7.68"),
                payers={"gt-banrural": "Banrural", "gt-industrial": "Banco Industrial"},
                banks={"bi": "Banco Industrial", "banrural": "Banrural", "gyt": "G&T Continental"},
            ),
            Country(
                code="SV",
                currency="USD",
                rate=Decimal(1),
                payers={"sv-agricola": "Banco Agrícola", "sv-fedecredito": "Fedecrédito"},
                banks={"agricola": "Banco Agrícola", "cuscatlan": "Banco Cuscatlán"},
            ),
            Country(
                code="HN",
                currency="HNL",
                rate=Decimal("26.10"),
                payers={"hn-atlantida": "Banco Atlántida", "hn-elektra": "Elektra Honduras"},
                banks={"atlantida": "Banco Atlántida", "ficohsa": "Ficohsa"},
                types=("UBN", "CashLoadLocation", "MobileWallet"),
            ),
            Country(
                code="CO",
                currency="COP",
                rate=Decimal(3980),
                payers={"co-efecty": "Efecty", "co-sured": "SuRed"},
                banks={"007": "Bancolombia", "051": "Davivienda", "013": "BBVA Colombia"},
                types=("UBN", "CashLoadLocation", "MobileWallet"),
            ),
            Country(
                code="DO",
                currency="DOP",
                rate=Decimal("61.50"),
                payers={"do-caribe": "Caribe Express", "do-vimenca": "Vimenca"},
                banks={"BRRD": "Banreservas", "BPDO": "Banco Popular", "BHDD": "Banco BHD"},
            ),
        )
    }
)

VERIFIED = "+15550100001"
BLOCKED = "+15550100002"
PENDING = "+15550100003"
BROKEN = "+15550100009"
"""The documented test numbers. For BROKEN, PayHub responds 500. All other numbers are unknown."""

_VISA: JsonObject = {
    "id": "pm-visa",
    "type": "DebitCard",
    "name": "VISA-4242",
    "number": "tok_sandbox_a8Kq2Lw91tZ_4242",
    "cardNetwork": "Visa",
    "status": "ValidatedPullAndPush",
    "isPrimary": True,
    "canOperate": True,
    "country": SOURCE_COUNTRY,
    "currency": SOURCE_CURRENCY,
}
_BANK: JsonObject = {
    "id": "pm-bank",
    "type": "BankAccount",
    "name": "Checking",
    "accountNumber": "000123456789",
    "bankEntityNumber": "021000021",
    "paymentMethodOwner": "First Demo Bank",
    "status": "Validated",
    "isPrimary": False,
    "canOperate": True,
    "country": SOURCE_COUNTRY,
    "currency": SOURCE_CURRENCY,
}
_MOTHER: JsonObject = {
    "id": "ct-rosa",
    "firstName": "Rosa",
    "lastName": "Hernández",
    "phone": "+525512345678",
    "countryCode": "MX",
    "alias": "Mamá",
    "sources": [
        {
            "id": "ps-rosa",
            "type": "CLABE",
            "accountNumber": "014027000005555558",
            "bankEntityNumber": "014",
            "externalId": "014",
            "paymentMethodOwner": "Santander México",
            "status": "Validated",
            "country": "MX",
            "currency": "MXN",
        }
    ],
}
_BROTHER: JsonObject = {
    "id": "ct-luis",
    "firstName": "Luis",
    "lastName": "Ruiz",
    "phone": "+50255512345",
    "countryCode": "GT",
    "alias": "Luis",
    "sources": [
        {
            "id": "ps-luis",
            "type": "CashLoadLocation",
            "externalId": "gt-banrural",
            "paymentMethodOwner": "Banrural",
            "status": "Validated",
            "country": "GT",
            "currency": "GTQ",
        }
    ],
}

SENDERS: tuple[JsonObject, ...] = (
    {
        "phoneNumber": VERIFIED,
        "firstName": "Ana",
        "lastName": "Ruiz",
        "middleName": "María",
        "secondLastName": "Paz",
        "dob": "1990-05-15",
        "address1": "1200 Market Street",
        "city": "San Francisco",
        "verdict": "passed",
        "contacts": [_MOTHER, _BROTHER],
        "sources": [_VISA, _BANK],
        "operations": list(OPERATIONS),
        "used": USED,
    },
    {"phoneNumber": BLOCKED, "firstName": "Bruno", "lastName": "Paz", "verdict": "blocked"},
    {"phoneNumber": PENDING, "firstName": "Carla", "lastName": "Soto", "verdict": "pending"},
    {"phoneNumber": BROKEN, "firstName": "Dario", "lastName": "Luna", "verdict": "broken"},
)
