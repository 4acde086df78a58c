"""Reads who a WhatsApp message is from: a number, Meta's business-scoped user id, or both.

The number is missing for senders with a username whom the bank has not heard of for 30 days, and in
notices; the id is missing in what Meta sent before 2026 (reference/channels.md 1.11).
"""

from dataclasses import dataclass

from channels.incoming import identifier
from channels.payload import optional_object
from channels.whatsapp import contents
from channels.whatsapp.envelope import objects
from lola.domain.messages import Address, JsonObject
from lola.text import phone_numbers

CHANNEL = "whatsapp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What `contacts` of a change tells of one sender."""

    number: str
    user_id: str
    name: object


class Contacts:
    """The contacts of one change, by each of their ids: they are matched by id, not by position,
    and missing on notices (reference/channels.md 1.3).
    """

    def __init__(self, value: JsonObject) -> None:
        self._by_id: dict[str, Contact] = {}
        for item in objects(value, "contacts"):
            number, user_id = _digits(item.get("wa_id")), _user_id(item.get("user_id"))
            name = optional_object(item.get("profile")).get("name")
            contact = Contact(number=number, user_id=user_id, name=name)
            for id_ in filter(None, (number, user_id)):
                self._by_id.setdefault(id_, contact)

    def of(self, raw: JsonObject) -> Contact | None:
        """Return the contact of an element of `messages`, or None."""
        ids = _digits(raw.get("from")), _user_id(raw.get("from_user_id"))
        return next((self._by_id[id_] for id_ in ids if id_ in self._by_id), None)


def address(raw: JsonObject, contact: Contact | None, account: str) -> Address | None:
    """Return the address of one element of `messages`, or None when it names no sender.

    Its contact may tell the id that the message does not.
    """
    number, user_id = _digits(raw.get("from")), _user_id(raw.get("from_user_id"))
    if contents.kind_of(raw) == "system":
        user_id = _before(optional_object(raw.get("system")), user_id)
    elif contact is not None:
        number, user_id = number or contact.number, user_id or contact.user_id
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


def _digits(value: object) -> str:
    number = identifier(value)
    return number if number.isascii() and number.isdigit() else ""


def _user_id(value: object) -> str:
    # Some of Meta's own samples are malformed, so any id counts that is not a number.
    found = identifier(value)
    return "" if found.isdigit() else found
