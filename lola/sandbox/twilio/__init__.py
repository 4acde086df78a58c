"""Stand-in for Twilio that enforces its documented rules."""
