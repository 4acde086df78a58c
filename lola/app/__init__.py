"""The composition root: settings in, a running service out.

It imports channels, agents, middleware and the retriever by the dotted names in the settings, so
that a bank adds its own without changing this code.
"""

from lola.app.loading import load
from lola.app.service import Role, Service

__all__ = ["Role", "Service", "load"]
