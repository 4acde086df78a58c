"""Faults on purpose, and a checker over what happened (docs/reliability.md)."""
