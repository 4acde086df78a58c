"""`python -m tests.mistakes`: every mistake over both wires; exit 1 when an invariant broke."""

import asyncio
from typing import Annotated

import typer

from lola.telemetry.logs import configure
from tests.mistakes.mistakes import MISTAKES
from tests.mistakes.play import ALWAYS, play, transfers
from tests.mistakes.report import markdown
from tests.mistakes.wires import WIRES


def main(
    every: Annotated[int, typer.Option(help="play one conversation of so many")] = 6,
    mistake: Annotated[list[str] | None, typer.Option(help="only these")] = None,
) -> None:
    """Play the conversations with each mistake made once, and again with it made always."""
    configure("error")
    scenarios = transfers()[::every]
    played = [
        conversation
        for wire in WIRES
        for times in (1, ALWAYS)
        for conversation in asyncio.run(
            play(wire, mistake or list(MISTAKES), scenarios, times=times)
        )
    ]
    typer.echo(markdown(played))
    broken = [one for one in played if one.violations]
    for one in broken:
        typer.echo(f"\n{one.wire} {one.mistake}: {one.scenario.name}")
        for violation in one.violations:
            typer.echo(f"  {violation.rule}: {violation.what}")
        typer.echo("\n".join(f"    {line}" for line in one.lines))
    typer.echo(f"\n{len(played)} conversations, {len(broken)} with a broken invariant")
    if broken:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
