"""A real Valkey server for the store's tests, one per test process."""

from uuid import uuid4

import pytest

from lola.state import Keys


@pytest.fixture
def keys():
    return Keys(f"t{uuid4().hex[:12]}")
