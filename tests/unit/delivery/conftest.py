"""A real Valkey server for the delivery tests, one per test process."""

from uuid import uuid4

import pytest

from lola.delivery import Limits
from lola.state import Keys
from tests.unit.delivery.workbench import Bench, FakeClock


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def make_bench(connections, clock):
    def make(**limits):
        keys = Keys(f"t{uuid4().hex[:12]}")
        return Bench(connections, keys, clock, limits=Limits(**limits))

    return make


@pytest.fixture
def bench(make_bench):
    return make_bench()
