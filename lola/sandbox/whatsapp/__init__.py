"""A server on loopback that stands in for Meta's Graph API and enforces its documented rules."""
