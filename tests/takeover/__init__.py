"""Interleavings of a sender, two colleagues, a worker and the outbox around one conversation."""
