"""Telegram's Bot API (reference/channels.md 3)."""

from channels.telegram.connector import TelegramConnector

__all__ = ["TelegramConnector"]
