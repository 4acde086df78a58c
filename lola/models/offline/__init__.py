"""The offline model (docs/architecture.md): runs the service when no model key is configured."""

from lola.models.offline.model import OfflineModel

__all__ = ["OfflineModel"]
