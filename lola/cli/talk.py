"""`lola demo` and `lola chat`: write to the service as a simulated sender."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path

from rich.console import Console
from rich.panel import Panel

from lola.channel.names import ChannelName
from lola.settings import Settings, load_settings
from lola.telemetry.logs import configure
from lola.testing.device import Received
from lola.testing.harness import Harness
from lola.testing.runner import Observer, ScenarioResult, run_scenario
from lola.testing.scenarios import find_scenarios, load_scenarios
from lola.testing.simulated_sender import TurnReport

OPENERS = {"es": "Hola, prefiero español", "en": "Hello, in English please"}


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
            console.print(f"[red]{result.scenario.name}: {failure}", soft_wrap=True)
    if not all(result.passed for result in results):
        raise SystemExit(1)
    print(f"widget link: {results[-1].link}")  # noqa: T201 - scripts read these two lines
    print("demo: ok")  # noqa: T201


def run_chat(*, phone: str, language: str | None, channel: ChannelName, as_json: bool) -> None:
    """Send each line of the input until it ends."""
    configure("error")
    interactive = sys.stdin.isatty()

    async def run() -> None:
        with tempfile.TemporaryDirectory(prefix="lola-chat-") as folder:
            async with Harness(loopback(Path(folder))) as harness:
                sender = harness.sender(phone, channel=channel)
                if language:
                    await sender.say(OPENERS[language])
                async for text in _input_lines(interactive):
                    _show(await sender.say(text), as_json=as_json)

    asyncio.run(run())


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


async def _input_lines(interactive: bool) -> AsyncIterator[str]:
    while True:
        if interactive:
            sys.stdout.write("› ")
            sys.stdout.flush()
        line = await asyncio.to_thread(sys.stdin.readline)
        if not line:
            return
        if text := line.strip():
            yield text


def _show(report: TurnReport, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report.to_json(), ensure_ascii=False), flush=True)  # noqa: T201
        return
    console = Console(highlight=False)
    for reply in report.replies:
        console.print(_bubble(reply))
    tools = f" · {', '.join(report.tools)}" if report.tools else ""
    console.print(f"[dim]{report.route}{tools} · {report.milliseconds} ms")


def transcript(console: Console) -> Observer:
    """Return an observer that prints everything that happens."""

    def watch(who: str, words: str, received: Received | None) -> None:
        if received is not None:
            console.print(_bubble(received))
        elif who == "page":
            console.print(f"[magenta]   on the secure page: {words}")
        else:
            console.print(Panel(words, style="green", expand=False), justify="right")

    return watch


def _bubble(received: Received) -> Panel:
    lines = [received.text]
    if received.options:
        lines.append("")
        lines.append("  ".join(f"[reverse] {title} [/reverse]" for _, title in received.options))
    lines.extend(f"[cyan]{label or '→'}[/cyan] {url}" for label, url in received.links)
    return Panel("\n".join(lines), style="white", expand=False, width=72)


def silent(who: str, words: str, received: Received | None) -> None:
    """Show nothing."""
