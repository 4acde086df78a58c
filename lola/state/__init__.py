"""Redis: connections, key names, and the records that are kept beside the inbox."""

from lola.state.connection import Connections, connect, store_errors
from lola.state.embedded import EmbeddedValkey
from lola.state.keys import Box, Keys
from lola.state.rates import Rate, Rates, Taken
from lola.state.store import StateStore, StoredConversation

__all__ = [
    "Box",
    "Connections",
    "EmbeddedValkey",
    "Keys",
    "Rate",
    "Rates",
    "StateStore",
    "StoredConversation",
    "Taken",
    "connect",
    "store_errors",
]
