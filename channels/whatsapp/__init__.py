"""WhatsApp Business Cloud (reference/channels.md 1)."""

from channels.whatsapp.connector import WhatsAppConnector

__all__ = ["WhatsAppConnector"]
