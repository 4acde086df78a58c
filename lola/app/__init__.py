"""The composition root: settings in, a running service out.

It is the one place that knows every wing, and it knows them by the dotted names in the settings,
the way Django loads middleware, so that a bank adds its own without forking.
"""

from lola.app.loading import load
from lola.app.service import Role, Service

__all__ = ["Role", "Service", "load"]
