"""What the connectors' unit tests share: a redaction that is easy to predict."""

import re
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class _Redacted:
    text: str
    found: tuple[str, ...]


@pytest.fixture
def redact():
    """Take out every run of sixteen digits, as a card."""

    def redact_(text):
        cleaned, count = re.subn(r"\d{16}", "[card]", text)
        return _Redacted(cleaned, ("card",) if count else ())

    return redact_
