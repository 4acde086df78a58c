"""`lola demo`, `lola chat` and `lola scenarios run`: the service with a phone in hand."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from importlib import resources
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from lola.qa.harness import Harness, Line, TurnReport
from lola.qa.lines import ChannelName
from lola.qa.phone import Received
from lola.qa.scenarios import Played, find_scenarios, load_scenario, play
from lola.settings import Settings, load_settings
from lola.telemetry.logs import configure

OPENERS = {"es": "Hola, prefiero español", "en": "Hello, in English please"}


def run_demo() -> None:
    """Play the packaged journeys; raises when one fails."""
    console = Console(highlight=False)

    async def run() -> list[Played]:
        played = []
        with tempfile.TemporaryDirectory(prefix="lola-demo-") as folder:
            async with Harness(_loopback(Path(folder))) as harness:
                for path in find_scenarios([Path(str(resources.files("lola.qa") / "journeys"))]):
                    scenario = load_scenario(path)
                    console.rule(f"[bold]{scenario.name}")
                    watch = _transcript(console)
                    played.append(await play(harness, scenario, watch=watch))
        return played

    configure("warning")
    results = asyncio.run(run())
    for result in results:
        for failure in result.failures:
            console.print(f"[red]{result.scenario.name}: {failure}", soft_wrap=True)
    if any(result.failures for result in results):
        raise SystemExit(1)
    print(f"widget link: {results[-1].link}")  # noqa: T201 - scripts read these two lines
    print("demo: ok")  # noqa: T201


def play_scenarios(paths: list[Path], *, channel: ChannelName | None, verbose: bool) -> bool:
    """Play files, each on a fresh service; answers whether all passed."""
    console = Console(highlight=False)
    table = Table(title="Scenarios")
    for column in ("scenario", "channel", "result"):
        table.add_column(column)
    configure("error")
    passed = True
    for path in find_scenarios(paths):
        watch = _transcript(console) if verbose else _silent
        result = asyncio.run(_play_alone(path, channel, watch))
        passed = passed and not result.failures
        outcome = "\n".join(result.failures) or "passed"
        table.add_row(result.scenario.name, result.channel, outcome)
    console.print(table)
    return passed


def run_chat(*, phone: str, language: str | None, channel: ChannelName, as_json: bool) -> None:
    """Talk until the input ends."""
    configure("error")
    interactive = sys.stdin.isatty()

    async def run() -> None:
        with tempfile.TemporaryDirectory(prefix="lola-chat-") as folder:
            async with Harness(_loopback(Path(folder))) as harness:
                line = harness.line(phone, channel=channel)
                if language:
                    await line.say(OPENERS[language])
                async for text in _lines(interactive):
                    _show(await _answer(line, text), as_json=as_json)

    asyncio.run(run())


async def _answer(line: Line, text: str) -> TurnReport:
    return await line.say(text)


async def _play_alone(
    path: Path,
    channel: ChannelName | None,
    watch: Callable[[str, str, Received | None], None],
) -> Played:
    scenario = load_scenario(path)
    with tempfile.TemporaryDirectory(prefix="lola-qa-") as folder:
        async with Harness(_loopback(Path(folder))) as harness:
            return await play(harness, scenario, channel=channel, watch=watch)


def _loopback(data: Path) -> Settings:
    """The operator's settings, on any free loopback port and with data of their own."""
    return load_settings(
        host="127.0.0.1",
        port=0,
        webhook_url="",
        lola_data=data,
        redis_url="",
        sandbox_port=0,
        sandbox_vault_port=0,
    )


async def _lines(interactive: bool) -> AsyncIterator[str]:
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


def _transcript(console: Console) -> Callable[[str, str, Received | None], None]:
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


def _silent(who: str, words: str, received: Received | None) -> None:
    """Show nothing."""
