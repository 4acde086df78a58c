"""Stand-in for Telegram's Bot API that enforces its documented rules."""
