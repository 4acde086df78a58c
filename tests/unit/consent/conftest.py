"""A real Valkey server for the book of consent, one per test process."""

from uuid import uuid4

import pytest

from lola.consent import ConsentStore
from lola.state import Keys
from tests.support import ManualClock


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def keys():
    return Keys(f"t{uuid4().hex[:12]}")


@pytest.fixture
def book(connections, keys, clock):
    return ConsentStore(connections, keys, clock)
