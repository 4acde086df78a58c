"""The M2M platform's stand-in: its domain in SQLite, its Partner API, its remote control.

For the pages of the widget: `Platform.customer` is what a person does with a link.
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
