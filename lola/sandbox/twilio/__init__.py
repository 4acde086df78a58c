"""A server on loopback that stands in for Twilio and enforces its documented rules."""
