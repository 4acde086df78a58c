"""A server on loopback that stands in for Telegram's Bot API and enforces its documented rules."""
