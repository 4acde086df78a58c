"""Makes the ids that connect the records of one incoming request."""

import secrets


def new_trace_id() -> str:
    """Return a new id."""
    return secrets.token_hex(8)
