"""The M2M Partner API: magic links that the sender approves, and the webhooks about them."""

from lola.partners.m2m.client import Environment, M2MClient
from lola.partners.m2m.model import Link, LinkStatus
from lola.partners.m2m.routes import ROUTES
from lola.partners.m2m.webhooks import M2MEvent, parse, sign, verify

__all__ = [
    "ROUTES",
    "Environment",
    "Link",
    "LinkStatus",
    "M2MClient",
    "M2MEvent",
    "parse",
    "sign",
    "verify",
]
