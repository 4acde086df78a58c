"""A server on loopback that stands in for the card vault and enforces its documented rules."""
