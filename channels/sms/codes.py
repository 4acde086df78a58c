"""The meaning of Twilio's error codes for a message, in one table (reference/channels.md 2.6)."""

from pathlib import Path

from channels.error_codes import ErrorCodes

CODES = ErrorCodes.read("Twilio", Path(__file__).with_name("errors.toml"))
