"""Stand-in for Chatwoot's application API that enforces its documented rules."""
