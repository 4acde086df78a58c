"""SMS, and WhatsApp through Twilio (reference/channels.md 2)."""

from channels.sms.connector import SmsConnector

__all__ = ["SmsConnector"]
