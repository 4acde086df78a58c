"""The offline model (architecture.md, Models): the service's voice when there is no key."""

from lola.models.offline.model import OfflineModel

__all__ = ["OfflineModel"]
