"""The rules of RaaS for people, numbers and payment methods that the stand-in enforces.

They are reference/raas.md 5.1 to 5.13; where the documentation is silent the reference's inference
(15) is the rule.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, get_args

import phonenumbers

from lola.domain.messages import JsonObject
from lola.partners.bank_accounts import check_account
from lola.partners.payhub.bodies import NEEDED, MethodType, Network
from lola.sandbox.payhub.responses import PayhubRefusal

REQUIRED = ("firstName", "lastName", "address1", "city", "state", "countryCode", "phoneNumber")
OPTIONAL = frozenset(
    {
        "email", "dob", "middleName", "lastName2", "gender", "address2", "address3",
        "streetNumber", "zipCode", "birthState", "lang", "placeDetail", "latitude", "longitude",
        "callLocationLatitude", "callLocationLongitude",
    }
)  # fmt: skip
ENUMS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "gender": frozenset({"Male", "Female", "Other", "None"}),
        "lang": frozenset({"en", "es"}),
    }
)
YOUNGEST, OLDEST = 18, 100
EMAIL = re.compile(r"[^@\s\x00]{1,64}@[^@\s\x00.]{1,63}(\.[^@\s\x00.]{1,63}){1,5}")
EXPIRY = re.compile(r"(0[1-9]|1[0-2])([0-9]{2})")
CARD_TYPES = frozenset({"DebitCard", "CreditCard"})
NETWORKS: frozenset[str] = frozenset(get_args(Network))
METHOD_TYPES: frozenset[str] = frozenset(get_args(MethodType))
DECLINED = "_0002"
"""A token of the vault that ends so is declined: the sandbox's own magic value."""


def check_phone(phone: object, country: str = "") -> str:
    """Return a number of the country, if one is given. Raises PayhubRefusal."""
    if not isinstance(phone, str) or not re.fullmatch(r"\+[1-9][0-9]{6,14}", phone):
        raise PayhubRefusal(400, "INVALID_PHONE_NUMBER", "The phone number is not valid")
    if country and country not in _regions(phone):
        raise PayhubRefusal(400, "ERROR_COUNTRY_NOT_SUPPORTED", "The country is not the phone's")
    return phone


def check_email(email: object) -> str:
    """Return an e-mail address. Raises PayhubRefusal, also for a null byte in it."""
    if not isinstance(email, str) or not EMAIL.fullmatch(email):
        raise PayhubRefusal(400, "ERROR_INVALID_EMAIL_FORMAT", "The email is not valid")
    return email


def check_person(body: Any, *, country: str, today: date, extra: frozenset[str]) -> JsonObject:
    """Return a registration whose country is the tenant's. Raises PayhubRefusal."""
    if not isinstance(body, dict) or set(body) - {*REQUIRED, *OPTIONAL, *extra}:
        raise _schema("An unknown field was sent")
    for name in REQUIRED:
        if not isinstance(body.get(name), str) or not body[name].strip():
            raise _schema(f"{name} is required")
    if any(name in body and body[name] not in values for name, values in ENUMS.items()):
        raise _schema("A value is not in its list")
    if body["countryCode"] != country:
        raise PayhubRefusal(400, "ERROR_INVALID_COUNTRY_CODE", "The country is not the tenant's")
    check_phone(body["phoneNumber"], country)
    if "email" in body:
        check_email(body["email"])
    if "dob" in body and not YOUNGEST <= _age(body["dob"], today) < OLDEST:
        raise _birthday()
    return body


def check_card(body: JsonObject, today: date) -> None:
    """Refuse a card that cannot be added, with the free form of reference/raas.md 5.9."""
    needed = ("name", "cardtype", "number", "nameOnCard", "expirationDate", "country")
    if missing := [name for name in needed if not body.get(name)]:
        raise PayhubRefusal(400, "ERROR_INVALID_SCHEMA", f"{', '.join(missing)} is required")
    if body["cardtype"] not in CARD_TYPES or body.get("type", "DebitCard") not in CARD_TYPES:
        raise PayhubRefusal(400, "ERROR_INVALID_SCHEMA", "The card type is not valid")
    if body.get("cardNetwork") not in NETWORKS:
        raise PayhubRefusal(400, "ERROR_INVALID_SCHEMA", "The network is not valid")
    if is_expired(str(body["expirationDate"]), today):
        raise PayhubRefusal(400, "", "The card is expired or its date is not MMYY")
    if str(body["number"]).endswith(DECLINED):
        raise PayhubRefusal(400, "", "The processor declined the card")


def is_expired(expiry: str, today: date) -> bool:
    """Return whether a date is not MMYY, or its month is over."""
    found = EXPIRY.fullmatch(expiry)
    return not found or (2000 + int(found[2]), int(found[1])) < (today.year, today.month)


def check_method(method: Any) -> JsonObject:
    """Return a payment method with the fields of its type (8.3). Raises PayhubRefusal."""
    if not isinstance(method, dict) or method.get("type") not in METHOD_TYPES:
        raise _schema("The payment method has no valid type")
    names = {"name_on_card": "nameOnCard", "expiration_date": "expirationDate"}
    for field in NEEDED.get(method["type"], ("country",)):
        if not method.get(names.get(field, field)):
            raise _schema(f"{method['type']} needs {names.get(field, field)}")
    if method["type"] == "UBN" and not check_account(method["country"], method["number"]).valid:
        raise PayhubRefusal(400, "ERROR_UBN_NUMBER_REQUIRED", "The account number is not valid")
    return method


def _schema(reason: str) -> PayhubRefusal:
    return PayhubRefusal(400, "ERROR_INVALID_SCHEMA", reason)


def _birthday() -> PayhubRefusal:
    return PayhubRefusal(400, "ERROR_INVALID_DATE_OF_BIRTH", "The date of birth is not valid")


def _age(birthday: object, today: date) -> int:
    try:
        born = datetime.fromisoformat(str(birthday)).date()
    except ValueError:
        raise _birthday() from None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _regions(phone: str) -> tuple[str, ...]:
    try:
        code = phonenumbers.parse(phone, None).country_code
    except phonenumbers.NumberParseException:
        return ()
    return tuple(phonenumbers.region_codes_for_country_code(code or 0))
