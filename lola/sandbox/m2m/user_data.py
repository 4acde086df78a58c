"""`userData`: dotted paths, validation and masks.

The facts are reference/m2m.md 3.1, 6.4 and 9.2. An empty text for the second name or the second
surname means that the person has none, and counts as given.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from lola.domain.messages import JsonObject
from lola.partners.m2m.model import CIP_FIELDS

_JOINS = frozenset(" -'’.·")
MAY_BE_EMPTY = frozenset({"name.secondName", "name.secondLastName"})
PAYMENT_METHOD = "paymentMethod"
ID_TYPES = ("CURP",)
"""The only documented value; the full enum is unknown (reference/m2m.md 3.1)."""

CURP = re.compile(r"[A-Z]{4}\d{6}[A-Z]{6}[A-Z0-9]\d")
NAME_LIMIT = 60
OLDEST = 120


def flatten(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return dotted path → value of every field that is given."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        if key == "name" and isinstance(value, dict):
            found |= {f"name.{part}": text for part, text in value.items()}
        else:
            found[key] = value
    return {path: value for path, value in found.items() if _is_given(path, value)}


def mask(data: JsonObject) -> JsonObject:
    """Mask what identifies a person (reference/m2m.md 9.2); an image becomes True."""
    masked = dict(data)
    if "name" in masked:
        masked["name"] = {part: f"{text[:1]}***" for part, text in masked["name"].items() if text}
    if "idNumber" in masked:
        masked["idNumber"] = last_four(masked["idNumber"])
    if "dob" in masked:
        masked["dob"] = f"****{masked['dob'][4:]}"
    if "idImage" in masked:
        masked["idImage"] = True
    if PAYMENT_METHOD in masked:
        masked[PAYMENT_METHOD] = mask_method(masked[PAYMENT_METHOD])
    return masked


def mask_method(method: JsonObject) -> JsonObject:
    """Return a `paymentMethod` whose account number keeps its last four digits."""
    account = method.get("bankAccount")
    if account is None:
        return method
    hidden = account | {"accountNumber": last_four(account["accountNumber"])}
    return method | {"bankAccount": hidden}


def summary(method: JsonObject) -> JsonObject:
    """Return the `payout` of an operation: type, last four, provider or bank, country (9.2)."""
    if account := method.get("bankAccount"):
        return {
            "type": method["type"],
            "last4": account["accountNumber"][-4:],
            "country": account["country"],
        }
    return {"type": method["type"], "provider": method["cash"]["provider"]}


def last_four(text: str) -> str:
    """Mask all but the last four characters; a text of four characters or less completely."""
    return f"****{text[-4:] if len(text) > 4 else ''}"


def problems(fields: Mapping[str, str], today: date) -> dict[str, str]:
    """Return path → `required` or `invalid` for what a person typed; empty when all is valid."""
    return {
        path: problem for path, text in fields.items() if (problem := _problem(path, text, today))
    }


def _problem(path: str, text: str, today: date) -> str:
    if path not in CIP_FIELDS:
        return "invalid"
    if not text:
        return "" if path in MAY_BE_EMPTY else "required"
    if path == "dob":
        return "" if _is_birthday(text, today) else "invalid"
    if path == "idType":
        return "" if text in ID_TYPES else "invalid"
    if path == "idNumber":
        return "" if CURP.fullmatch(text) else "invalid"
    return "" if is_name(text) else "invalid"


def is_name(text: str) -> bool:
    """Return whether a text has letters of any script, and only marks that names contain."""
    return (
        len(text) <= NAME_LIMIT
        and any(map(str.isalpha, text))
        and all(mark in _JOINS or unicodedata.category(mark)[0] in {"L", "M"} for mark in text)
    )


def _is_birthday(text: str, today: date) -> bool:
    try:
        born = date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10 and today.year - OLDEST <= born.year and born < today


def _is_given(path: str, value: object) -> bool:
    return value is not None and (value != "" or path in MAY_BE_EMPTY)
