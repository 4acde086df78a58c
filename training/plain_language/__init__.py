"""Counts the words of the project's own texts, for the guard of plain language."""
