"""Consent: read from messages by code, stored without expiry, checked before every send."""

from lola.consent.reader import Wish, read
from lola.consent.store import Change, Consent, ConsentStore, Mark

__all__ = ["Change", "Consent", "ConsentStore", "Mark", "Wish", "read"]
