"""The operator's settings: one typed tree, and sections that a bank's own code declares."""

from lola.settings.fields import ModelPrice, Names, secrets_in, split_commas
from lola.settings.limits import with_limits
from lola.settings.load import load_settings
from lola.settings.shortcuts import RISKS, refuse_shortcuts, why_not_offline
from lola.settings.tree import (
    DEFAULT_CHANNELS,
    DEFAULT_MIDDLEWARE,
    VERTEX_HINT,
    Settings,
)

__all__ = [
    "DEFAULT_CHANNELS",
    "DEFAULT_MIDDLEWARE",
    "RISKS",
    "VERTEX_HINT",
    "ModelPrice",
    "Names",
    "Settings",
    "load_settings",
    "refuse_shortcuts",
    "secrets_in",
    "split_commas",
    "why_not_offline",
    "with_limits",
]
