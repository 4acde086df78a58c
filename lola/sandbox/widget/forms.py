"""The forms of the widget: their fields, and how a submitted form is read and validated.

Forms have fields; the platform has dotted paths (reference/m2m.md 6.4). Only the fields of missing
data are shown and read.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from lola.domain.messages import JsonObject
from lola.safety.input.cards import fold_digits, is_clabe
from lola.sandbox.payhub.sample_data import COUNTRIES

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "name.firstName": "first_name",
        "name.secondName": "second_name",
        "name.lastName": "last_name",
        "name.secondLastName": "second_last_name",
        "dob": "birth",
        "idType": "id_type",
        "idNumber": "id_number",
    }
)
"""Dotted path → the field, or group of fields, that asks for it."""
INVALID: Mapping[str, str] = MappingProxyType(
    {"dob": "error_birth", "idType": "error_id_type", "idNumber": "error_curp"}
)
DOCUMENTS = ("id_card", "passport", "license")
PAYOUTS = ("bank_account", "cash")
PAYOUT_COUNTRY = "MX"
PROVIDERS = tuple(COUNTRIES[PAYOUT_COUNTRY].payers.values())

Form = Mapping[str, str]


def read_data(form: Form, missing: tuple[str, ...]) -> dict[str, str]:
    """Return dotted path → text for the missing fields, with spaces normalised."""
    typed = {path: " ".join(form.get(FIELDS[path], "").split()) for path in missing}
    if "dob" in typed:
        typed["dob"] = _birthday(form)
    if "idNumber" in typed:
        typed["idNumber"] = re.sub(r"[\s-]", "", typed["idNumber"]).upper()
    return typed


def data_errors(problems: Mapping[str, str]) -> dict[str, str]:
    """Return field → key of its error text, from the platform's `required` and `invalid`."""
    return {
        FIELDS[path]: (
            "error_required" if problem == "required" else INVALID.get(path, "error_name")
        )
        for path, problem in problems.items()
    }


def read_payout(form: Form, link_id: str) -> tuple[JsonObject, dict[str, str]]:
    """Return the `paymentMethod` (reference/m2m.md 3.2), or field → key of its error text."""
    chosen = form.get("type", "")
    if chosen == "bank_account":
        account = re.sub(r"[\s-]", "", fold_digits(form.get("clabe", "")))
        if not account.isascii() or not account.isdigit() or not is_clabe(account):
            return {}, {"clabe": "error_clabe"}
        bank = {"country": PAYOUT_COUNTRY, "accountNumber": account}
        return {"type": chosen, "bankAccount": bank}, {}
    if chosen == "cash":
        if form.get("provider") not in PROVIDERS:
            return {}, {"provider": "error_provider"}
        return cash(form["provider"], link_id), {}
    return {}, {"type": "error_choice"}


def cash(provider: str, reference: str) -> JsonObject:
    """Build a `paymentMethod` of cash pickup (inferred: reference/m2m.md 3.2)."""
    return {"type": "cash", "cash": {"provider": provider, "reference": reference}}


def _birthday(form: Form) -> str:
    """Return `YYYY-MM-DD`, unchecked, or an empty text when nothing was typed."""
    day, month, year = (
        fold_digits(form.get(name, "")).strip() for name in ("day", "month", "year")
    )
    if not (day or month or year):
        return ""
    return f"{year}-{month:0>2}-{day:0>2}"
