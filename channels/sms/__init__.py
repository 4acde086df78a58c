"""SMS, and WhatsApp through Twilio (reference/channels.md 2)."""

from channels.sms.connector import SmsConnector
from channels.sms.whatsapp import TwilioWhatsAppConnector

__all__ = ["SmsConnector", "TwilioWhatsAppConnector"]
