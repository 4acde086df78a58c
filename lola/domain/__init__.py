"""The values that every room works with: messages, turns, sessions, identities, transfers."""
