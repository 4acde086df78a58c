"""The M2M Partner API: magic links that the sender approves, and the webhooks about them."""

from lola.partners.m2m.api import BASE_URLS, Environment
from lola.partners.m2m.client import M2MClient
from lola.partners.m2m.contract import ROUTES, Contract, payout_types, with_overrides
from lola.partners.m2m.model import (
    CIP_FIELDS,
    CipStatus,
    DeliveryStatus,
    Link,
    LinkStatus,
    Operation,
    OperationStatus,
)
from lola.partners.m2m.webhooks import M2MEvent, parse, sign, verify

__all__ = [
    "BASE_URLS",
    "CIP_FIELDS",
    "ROUTES",
    "CipStatus",
    "Contract",
    "DeliveryStatus",
    "Environment",
    "Link",
    "LinkStatus",
    "M2MClient",
    "M2MEvent",
    "Operation",
    "OperationStatus",
    "parse",
    "payout_types",
    "sign",
    "verify",
    "with_overrides",
]
