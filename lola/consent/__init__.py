"""Whether a sender may be written to: read by code, kept for good, asked before every send."""

from lola.consent.book import Change, Consent, ConsentBook, Mark
from lola.consent.reading import Wish, read

__all__ = ["Change", "Consent", "ConsentBook", "Mark", "Wish", "read"]
