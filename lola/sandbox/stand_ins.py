"""The stand-ins of the shipped channels' providers. The sandbox serves all of this list."""

from lola.sandbox.chatwoot.stand_in import CHATWOOT
from lola.sandbox.stand_in import StandIn
from lola.sandbox.telegram.stand_in import TELEGRAM
from lola.sandbox.twilio.stand_in import TWILIO
from lola.sandbox.whatsapp.stand_in import WHATSAPP

STAND_INS: tuple[StandIn, ...] = (WHATSAPP, TWILIO, TELEGRAM, CHATWOOT)
