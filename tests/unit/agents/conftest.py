"""The tools' real surroundings: a running service with its sandbox."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from lola.agent.tools import ToolContext
from lola.domain.clock import system_clock
from lola.domain.identity import Identity
from lola.settings import load_settings
from lola.testing.harness import Harness
from middleware.compliance import actions_for
from tests.support import turn


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Harness]:
    """One service for the module's tests; they only read, or prepare drafts in memory."""
    settings = load_settings(port=0, lola_data=tmp_path_factory.mktemp("tools"), retriever="")
    async with Harness(settings) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def ana(harness: Harness) -> Callable[..., ToolContext]:
    """A tool context of the verified sender with saved people."""
    user = await harness.service.services.identity.find_sender("+15550100001")

    def make(**changes: Any) -> ToolContext:
        identity = Identity(status="identified", user=user)
        now = system_clock()
        defaults: dict[str, Any] = {
            "identity": identity,
            "allowed_actions": actions_for(identity),
            "now": now,
            "accepted_at": now,
        }
        return ToolContext(
            turn=turn("x", **{**defaults, **changes}), services=harness.service.services
        )

    return make
