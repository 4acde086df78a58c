"""The values that every package works with: messages, turns, sessions, identities, transfers."""
