"""The listener for health and metrics that every process can have."""

import re

import aiohttp
import pytest

from tests.e2e.fleet import Fleet
from tests.e2e.process import free_port

pytestmark = pytest.mark.e2e


async def _get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        return response.status, await response.text()


async def test_a_worker_tells_its_health_and_counts_its_turns(tmp_path) -> None:
    """The turns are counted where they run, and the gateway's public port shows no metrics."""
    ports = {"gateway": free_port(), "worker": free_port()}
    async with Fleet(tmp_path, RETRIEVER="") as fleet:
        _, url = await fleet.gateway(OPERATIONS_PORT=str(ports["gateway"]))
        await fleet.worker(OPERATIONS_PORT=str(ports["worker"]))
        assert (await fleet.device(url, "15550100001").say("hola")).status == 200
        await fleet.delivered("15550100001", 1)
        operations = {role: f"http://127.0.0.1:{port}" for role, port in ports.items()}
        for address in operations.values():
            assert (await _get(f"{address}/health/ready"))[0] == 200
            assert (await _get(f"{address}/health/live"))[0] == 200
        assert (await _get(f"{url}/metrics"))[0] == 404
        turns = re.search(
            r'^lola_turns_total\{route="[^"]+"\} 1\.0$',
            (await _get(f"{operations['worker']}/metrics"))[1],
            re.MULTILINE,
        )
        webhooks = (await _get(f"{operations['gateway']}/metrics"))[1]
    assert turns
    assert 'lola_webhooks_total{channel="whatsapp",outcome="accepted"} 1.0' in webhooks
