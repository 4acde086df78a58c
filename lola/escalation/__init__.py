"""Ownership of conversations: how staff take one over, reply and hand it back."""
