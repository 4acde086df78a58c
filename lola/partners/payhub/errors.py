"""PayHub's error codes that the client acts on. All other codes are passed on to the caller."""

from lola.errors import PartnerRefusedError, PartnerUnavailableError

PARTNER = "payhub"

NO_SUCH_SENDER = frozenset({"ERROR_USER_NOT_FOUND", "USER_NOT_FOUND"})
NO_PAYMENT_METHOD = "ERROR_PAYMENT_METHOD_NOT_FOUND"
ACCOUNT_REFUSED = frozenset({"UBN_VALIDATION_ERROR"})
CORRELATION_ID_USED = frozenset({"ERROR_CORRELATION_ID_ALREADY_USED"})
"""Inferred (reference/raas.md 15): the request exists already, and its detail has the link."""


def identity_outage(error: PartnerRefusedError) -> PartnerUnavailableError:
    """Return the outage that a refused identity request is treated as."""
    return PartnerUnavailableError(PARTNER, f"identity refused with {error.partner_code}")
