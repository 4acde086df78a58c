"""The names of the shipped channels, for the command line and the simulated senders.

The service itself takes a channel's name from its connector; a bank's own is not listed here.
"""

from typing import Literal, get_args

ChannelName = Literal["whatsapp", "sms", "twilio_whatsapp", "telegram", "chatwoot"]
CHANNEL_NAMES: tuple[ChannelName, ...] = get_args(ChannelName)
