"""Whether a sender may be written to: read by code, kept for good, asked before every send."""

from lola.consent.reader import Wish, read
from lola.consent.store import Change, Consent, ConsentStore, Mark

__all__ = ["Change", "Consent", "ConsentStore", "Mark", "Wish", "read"]
