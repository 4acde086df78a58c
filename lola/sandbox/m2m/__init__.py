"""Stand-in for the M2M platform: its domain in SQLite, its Partner API and its control API.

The widget's pages act through `Platform.customer`.
"""

from lola.sandbox.m2m.api import PartnerApi
from lola.sandbox.m2m.errors import (
    FieldsError,
    LinkGoneError,
    RefusedError,
    StepMissingError,
    UserBlockedError,
)
from lola.sandbox.m2m.platform import Platform
from lola.sandbox.m2m.rows import Link, Partner

__all__ = [
    "FieldsError",
    "Link",
    "LinkGoneError",
    "Partner",
    "PartnerApi",
    "Platform",
    "RefusedError",
    "StepMissingError",
    "UserBlockedError",
]
