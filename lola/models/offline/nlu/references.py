"""The short code of a transfer: six letters and digits, mixed (reference/raas.md 5.12)."""

import re

_CODE = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9]*[A-Za-z])(?=[A-Za-z0-9]*[0-9])[A-Za-z0-9]{6}(?![A-Za-z0-9])"
)


def find_reference(text: str) -> str:
    """Return the first code as it was written; empty when there is none."""
    found = _CODE.search(text)
    return found.group() if found else ""
