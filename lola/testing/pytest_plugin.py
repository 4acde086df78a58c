"""The pytest plugin: fixtures for a running service with its sandbox (docs/testing.md).

It is loaded in every pytest run of an environment that has Lola, so it imports nothing but pytest
until a fixture is used. The fixtures are asynchronous: pytest-asyncio runs them in its auto mode.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lola.sandbox.clock import SandboxClock
    from lola.sandbox.server import Sandbox
    from lola.testing.harness import Harness
    from lola.testing.scripted_model import ServedScript
    from lola.testing.simulated_sender import SimulatedSender
    from lola.testing.staff import Staff


@pytest.fixture
def lola_settings() -> dict[str, Any]:
    """Return the settings of the service. Override it in a conftest to return your own."""
    return {}


@pytest.fixture
async def lola_harness(lola_settings: dict[str, Any], tmp_path: Path) -> "AsyncIterator[Harness]":
    """Start the service and its sandbox on loopback, in a folder of the test."""
    from lola.settings import load_settings
    from lola.testing.harness import Harness

    settings = {"port": 0, "lola_data": tmp_path / "lola", **lola_settings}
    async with Harness(load_settings(**settings)) as harness:
        yield harness


@pytest.fixture
def lola_sandbox(lola_harness: "Harness") -> "Sandbox":
    """Return the stand-ins of all outside systems."""
    return lola_harness.sandbox


@pytest.fixture
def lola_clock(lola_harness: "Harness") -> "SandboxClock":
    """Return the clock of service and sandbox: the real time until a test advances it."""
    return lola_harness.clock


@pytest.fixture
def lola_sender(lola_harness: "Harness") -> "Callable[..., SimulatedSender]":
    """Return a function that makes a sender with a device: `lola_sender("verified", channel=…)`."""

    def make(kind: str = "new", **options: Any) -> "SimulatedSender":
        return lola_harness.sender(lola_harness.new_number(kind), **options)

    return make


@pytest.fixture
def lola_staff(lola_harness: "Harness") -> "Callable[..., Staff]":
    """Return a function that makes a staff member: `lola_staff("maria")`."""
    return lola_harness.staff


@pytest.fixture
def lola_model(lola_harness: "Harness") -> "Iterator[Callable[..., ServedScript]]":
    """Return a function that gives all agents a script; at the end it has to be played out."""
    from lola.testing.scripted_model import ServedScript

    scripts: list[ServedScript] = []
    with ExitStack() as stack:

        def play(*steps: Any) -> ServedScript:
            script = ServedScript(*steps)
            stack.enter_context(lola_harness.model(script))
            scripts.append(script)
            return script

        yield play
    for script in scripts:
        script.finish()
