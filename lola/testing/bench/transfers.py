"""Plays a returning sender's transfer on each channel, and returns what its messages cost."""

from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

from lola.channel.names import ChannelName
from lola.settings import load_settings
from lola.testing.bench.measurements import TransferCost
from lola.testing.harness import Harness
from lola.testing.runner import run_scenario
from lola.testing.scenarios import load_scenarios

JOURNEY = "2_returning_en.yaml"


async def transfers(
    folder: Path, channels: Sequence[ChannelName], progress: Callable[[int], None]
) -> tuple[TransferCost, ...]:
    """Play the journey with the offline model, on a service in this process."""
    path = Path(str(resources.files("lola.testing") / "journeys" / JOURNEY))
    (scenario,) = load_scenarios(path)
    found: list[TransferCost] = []
    settings = load_settings(
        host="127.0.0.1", port=0, webhook_url="", redis_url="", lola_data=folder,
        lola_model="offline", sandbox_port=0, sandbox_vault_port=0,
    )  # fmt: skip
    async with Harness(settings) as harness:
        for channel in channels:
            played = await run_scenario(harness, scenario, channel=channel)
            found.append(TransferCost(channel=channel, billed=played.billed, passed=played.passed))
            progress(len(found))
    return tuple(found)
