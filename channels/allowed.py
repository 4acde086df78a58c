"""The allow-list of WhatsApp senders, through Meta and through Twilio; empty allows everybody."""

from lola.errors import ConfigurationError
from lola.settings import split_commas
from lola.text import phone_numbers


def allow_list(setting: str) -> frozenset[str]:
    """Read ALLOWED_NUMBERS_WHATSAPP; blank allows everybody. Raises ConfigurationError.

    An entry that is no number is refused: if it were dropped and was the only one, everybody would
    be allowed.
    """
    keys: set[str] = set()
    for position, entry in enumerate(split_commas(setting), 1):
        key = phone_numbers.match_key(entry)
        if key is None:
            raise ConfigurationError(
                "ALLOWED_NUMBERS_WHATSAPP", f"entry {position} is not a telephone number"
            )
        keys.add(key)
    return frozenset(keys)


def is_allowed(phone: str | None, allowed: frozenset[str]) -> bool:
    """Return whether a sender may write; with a list, one without a number may not."""
    return not allowed or (phone is not None and phone_numbers.match_key(phone) in allowed)
