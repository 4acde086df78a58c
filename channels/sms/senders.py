"""Reads who a message of Twilio's is from: a number, WhatsApp's business-scoped user id, or both.

On WhatsApp `From` is `whatsapp:` with the number, or with the id while the number is not shown;
`ExternalUserId` has the id beside a shown number (reference/channels.md 2.1).
"""

from dataclasses import dataclass

from multidict import MultiDict

from channels.incoming import identifier
from channels.sms.accounts import WHATSAPP
from lola.domain.messages import Address
from lola.text import phone_numbers

RCS = "rcs:"
SMS_CHANNEL = "sms"
WHATSAPP_CHANNEL = "twilio_whatsapp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rcs:
    """Our RCS sender at Twilio (`rcs:…`), and the number whose SMS it takes the place of."""

    sender: str = ""
    number: str = ""


NO_RCS = Rcs()


def is_rcs(address: Address) -> bool:
    """Return whether the sender wrote by RCS the last time."""
    return address.user_id.startswith(RCS)


def address(form: MultiDict[str], sender: str, account: str, rcs: Rcs = NO_RCS) -> Address:
    """Return the address of the sender `From` of a message to our number `account`.

    By RCS it is that of the same telephone line on SMS, so consent and conversation are the same.
    """
    if sender.startswith(RCS) and account == rcs.sender:
        line = _number(sender.removeprefix(RCS))
        return Address(
            channel=SMS_CHANNEL,
            account=rcs.number,
            sender=line,
            phone=phone_numbers.canonical(line),
            user_id=sender,
            person=line,
        )
    bare = sender.removeprefix(WHATSAPP)
    if bare == sender:
        phone = phone_numbers.canonical(sender)
        return Address(channel=SMS_CHANNEL, account=account, sender=sender, phone=phone)
    number = _number(bare) or _number(form.get("WaId", ""))
    user_id = _user_id(form.get("ExternalUserId", "")) or ("" if _number(bare) else sender)
    return Address(
        channel=WHATSAPP_CHANNEL,
        account=account,
        sender=f"{WHATSAPP}{number}" if number and not _number(bare) else sender,
        phone=phone_numbers.canonical(number) if number else None,
        user_id=user_id,
    )


def _number(value: str) -> str:
    """Return a number with its plus; empty for anything else."""
    digits = identifier(value).removeprefix("+")
    return f"+{digits}" if digits.isascii() and digits.isdigit() else ""


def _user_id(value: str) -> str:
    """Return an id in the form of an address, whether or not it came with the prefix."""
    bare = identifier(value).removeprefix(WHATSAPP)
    return f"{WHATSAPP}{bare}" if bare and not _number(bare) else ""
