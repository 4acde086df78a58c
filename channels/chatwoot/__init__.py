"""Chatwoot: a channel that senders write on, and a help desk for the bank's staff.

Both follow reference/channels.md 4.
"""

from channels.chatwoot.connector import ChatwootConnector

__all__ = ["ChatwootConnector"]
