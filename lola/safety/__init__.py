"""Checks of incoming text and of replies, and limits on how often something may be tried."""
