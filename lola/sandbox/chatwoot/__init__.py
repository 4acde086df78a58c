"""A server on loopback that stands in for Chatwoot and enforces its documented rules."""
