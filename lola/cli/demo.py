"""`lola demo`: plays the packaged journeys on a service of its own."""

import asyncio
import tempfile
from importlib import resources
from pathlib import Path

from rich.console import Console

from lola.cli.transcripts import transcript
from lola.settings import Settings, load_settings
from lola.telemetry.logs import configure
from lola.testing.harness import Harness
from lola.testing.runner import run_scenario
from lola.testing.scenario_result import ScenarioResult
from lola.testing.scenarios import find_scenarios, load_scenarios


def run_demo() -> None:
    """Play the packaged journeys. Raises SystemExit when one fails."""
    console = Console(highlight=False)

    async def run() -> list[ScenarioResult]:
        played = []
        with tempfile.TemporaryDirectory(prefix="lola-demo-") as folder:
            async with Harness(loopback(Path(folder))) as harness:
                for path in find_scenarios(
                    [Path(str(resources.files("lola.testing") / "journeys"))]
                ):
                    for scenario in load_scenarios(path):
                        console.rule(f"[bold]{scenario.name}")
                        observer = transcript(console)
                        result = await run_scenario(harness, scenario, observer=observer)
                        billed = result.billed
                        console.print(
                            f"[dim]{billed.messages} messages billed, {billed.cost:.4f} USD by the "
                            "price table"
                        )
                        played.append(result)
        return played

    configure("warning")
    results = asyncio.run(run())
    for result in results:
        for failure in (*result.failures, *result.wrong):
            text = f"{result.scenario.name}: {failure}"
            console.print(text, style="red", markup=False, soft_wrap=True)
    if not all(result.passed for result in results):
        raise SystemExit(1)
    print(f"widget link: {results[-1].link}")  # noqa: T201 - scripts read these two lines
    print("demo: ok")  # noqa: T201


def loopback(data: Path) -> Settings:
    """Return the operator's settings with a free loopback port and a data folder of their own."""
    return load_settings(
        host="127.0.0.1",
        port=0,
        webhook_url="",
        lola_data=data,
        redis_url="",
        sandbox_port=0,
        sandbox_vault_port=0,
    )
