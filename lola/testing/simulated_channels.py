"""The simulated devices of the shipped channels. The harness knows all of this list."""

from lola.channel.names import ChannelName
from lola.testing.chatwoot import CHATWOOT
from lola.testing.simulated_channel import SimulatedChannel
from lola.testing.sms import SMS
from lola.testing.telegram import TELEGRAM
from lola.testing.twilio_whatsapp import TWILIO_WHATSAPP
from lola.testing.whatsapp import WHATSAPP

SIMULATED_CHANNELS: dict[ChannelName, SimulatedChannel] = {
    channel.name: channel for channel in (WHATSAPP, SMS, TWILIO_WHATSAPP, TELEGRAM, CHATWOOT)
}
