"""Reads who a WhatsApp message is from: a number, Meta's business-scoped user id, or both.

The number is missing for senders with a username whom the bank has not heard of for 30 days, and in
notices; the id is missing in what Meta sent before 2026 (reference/channels.md 1.11).
"""

from channels.incoming import identifier
from channels.payload import optional_object
from channels.whatsapp import contents
from channels.whatsapp.envelope import objects
from lola.domain.messages import Address, JsonObject
from lola.text import phone_numbers

CHANNEL = "whatsapp"


def address(raw: JsonObject, value: JsonObject, account: str) -> Address | None:
    """Return the address of one element of `messages`, or None when it names nobody.

    `value` is the change that holds it: its `contacts` may tell the id that the message does not.
    """
    number, user_id = _digits(raw.get("from")), _user_id(raw.get("from_user_id"))
    if contents.kind_of(raw) == "system":
        user_id = _before(optional_object(raw.get("system")), user_id)
    else:
        number, user_id = _paired(value, number, user_id)
    phone = phone_numbers.canonical(number) if number else contents.proved_number(raw)
    return of(account, number, user_id, phone)


def of(account: str, number: str, user_id: str, phone: str | None) -> Address | None:
    """Return the address of these ids; None without any."""
    if not (number or user_id):
        return None
    return Address(
        channel=CHANNEL, account=account, sender=number or user_id, phone=phone, user_id=user_id
    )


def recipient(raw: JsonObject, account: str) -> Address | None:
    """Return the address of the sender whom a colleague wrote to, or None."""
    number = _digits(raw.get("to"))
    user_id = _user_id(raw.get("to_user_id") or raw.get("recipient_user_id"))
    return of(account, number, user_id, phone_numbers.canonical(number) if number else None)


def _before(system: JsonObject, user_id: str) -> str:
    """Return the id that a notice of a change is about: the one before it."""
    before = _user_id(system.get("previous_user_id"))
    # A notice that names only the new id does not say who has it now.
    return before or ("" if user_id == _user_id(system.get("user_id")) else user_id)


def _paired(value: JsonObject, number: str, user_id: str) -> tuple[str, str]:
    """Return both ids, where `contacts` has the one that the message lacks.

    Contacts are matched by id, not by position (reference/channels.md 1.3).
    """
    if number and user_id:
        return number, user_id
    for contact in objects(value, "contacts"):
        its_number, its_id = _digits(contact.get("wa_id")), _user_id(contact.get("user_id"))
        if (number and its_number == number) or (user_id and its_id == user_id):
            return number or its_number, user_id or its_id
    return number, user_id


def _digits(value: object) -> str:
    number = identifier(value)
    return number if number.isascii() and number.isdigit() else ""


def _user_id(value: object) -> str:
    # Some of Meta's own samples are malformed, so any id counts that is not a number.
    found = identifier(value)
    return "" if found.isdigit() else found
