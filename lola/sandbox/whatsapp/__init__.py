"""Stand-in for Meta's Graph API that enforces its documented rules."""
