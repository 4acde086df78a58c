"""Fault injection, and a checker of what happened (docs/reliability.md)."""
