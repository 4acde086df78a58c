"""Chatwoot: an inbox that senders write in, and the console where the bank's people answer.

Both are of reference/channels.md 4.
"""

from channels.chatwoot.connector import ChatwootConnector

__all__ = ["ChatwootConnector"]
