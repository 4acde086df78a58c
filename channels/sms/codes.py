"""The meaning of Twilio's error codes for a message, in one table (reference/channels.md 2.6).

The same code may come with the refused call or, on WhatsApp most often, later in a status callback.
A code that is not listed is final: the message becomes a dead letter with its code.
"""

from dataclasses import dataclass
from typing import Literal

from lola.channel.contract import Failure

Meaning = Literal["stopped", "busy", "opted_out", "window_closed", "rejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a code means, and what an operator can do about it."""

    meaning: Meaning = "rejected"
    hint: str = ""


REJECTED = Code()

CODES: dict[int, Code] = {
    # Credentials, suspension, a number that may not send: a person must act.
    20003: Code(meaning="stopped", hint="check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"),
    20404: Code(meaning="stopped", hint="check TWILIO_ACCOUNT_SID"),
    21408: Code(hint="enable the recipient's country in Twilio's geographic permissions"),
    21606: Code(meaning="stopped", hint="our number cannot send SMS"),
    30002: Code(meaning="stopped", hint="the Twilio account is suspended"),
    30032: Code(meaning="stopped", hint="the toll-free number is not verified"),
    30034: Code(meaning="stopped", hint="register our number with an A2P 10DLC campaign"),
    # Try again later.
    20429: Code(meaning="busy"),
    30001: Code(meaning="busy", hint="Twilio's queue for our number is full"),
    63017: Code(meaning="busy"),
    63018: Code(meaning="busy"),
    63038: Code(meaning="busy", hint="the account's daily limit of messages is reached"),
    # The recipient opted out.
    21610: Code(meaning="opted_out", hint="only START from the recipient ends it"),
    63014: Code(meaning="opted_out", hint="the recipient blocked us on WhatsApp"),
    # Only a template may be sent.
    63016: Code(meaning="window_closed", hint="set TWILIO_TEMPLATE_ES and TWILIO_TEMPLATE_EN"),
    # Final.
    21211: Code(hint="the recipient's number is not valid"),
    21608: Code(hint="a trial account sends to verified numbers only"),
    21612: Code(hint="our number has no route to the recipient"),
    21614: Code(hint="the recipient's number cannot get SMS"),
    21617: Code(hint="the text is longer than 1,600 characters"),
    30003: Code(hint="the handset is off or unreachable"),
    30004: Code(hint="the carrier or the handset blocks the message"),
    30005: Code(hint="the recipient's number is unknown"),
    30006: Code(hint="a landline, or a carrier that cannot be reached"),
    30007: Code(hint="the carrier's filter took it for spam: review the wording and the links"),
    30008: Code(hint="the carrier gave no reason"),
    63003: Code(hint="the recipient is not on WhatsApp"),
    63015: Code(hint="the recipient has not joined Twilio's WhatsApp sandbox"),
    63019: Code(hint="WhatsApp refused the media"),
    63021: Code(hint="WhatsApp refused the content: a template's text may be too long"),
    63024: Code(hint="the recipient is not valid on WhatsApp"),
    63032: Code(hint="WhatsApp keeps this recipient in an experiment"),
    63049: Code(hint="WhatsApp chose not to deliver; do not try again today"),
}

_FAILURES: dict[Meaning, Failure] = {"opted_out": "opted_out", "window_closed": "window_closed"}


def code_of(value: int) -> Code:
    """Return what a code means; an unknown one is final."""
    return CODES.get(value, REJECTED)


def failure_of(value: str) -> Failure:
    """Return why a message did not arrive, by a status callback's `ErrorCode`."""
    known = value.isascii() and value.isdigit()
    return _FAILURES.get(code_of(int(value)).meaning, "rejected") if known else "rejected"


def needs_a_person(value: str) -> bool:
    """Return whether a callback's code stops every message until a person acts."""
    known = value.isascii() and value.isdigit()
    return known and code_of(int(value)).meaning == "stopped"
