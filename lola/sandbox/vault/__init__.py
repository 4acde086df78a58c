"""Stand-in for the card vault, on an origin of its own."""
