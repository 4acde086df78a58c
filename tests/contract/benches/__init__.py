"""One record per channel; adding a channel to the contract is adding it here."""

from tests.contract.benches.chatwoot import CHATWOOT
from tests.contract.benches.sms import SMS
from tests.contract.benches.telegram import TELEGRAM
from tests.contract.benches.twilio_whatsapp import TWILIO_WHATSAPP
from tests.contract.benches.whatsapp import WHATSAPP

CHANNELS = (WHATSAPP, SMS, TWILIO_WHATSAPP, TELEGRAM, CHATWOOT)
