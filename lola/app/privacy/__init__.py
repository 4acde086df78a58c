"""Finds, exports and erases what is stored about one sender (docs/privacy.md)."""
