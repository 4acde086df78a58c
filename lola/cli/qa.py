"""The commands of testers: `lola scenarios …`, `lola simulate`, `lola record` and `lola replay`."""

from pathlib import Path
from typing import Annotated

import typer

from lola.channel.names import ChannelName

scenarios = typer.Typer(no_args_is_help=True, help="Play scenario files against the service.")


@scenarios.command("run")
def run_scenarios(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="scenario files or folders; default: tests/scenarios"),
    ] = None,
    channel: Annotated[
        ChannelName | None, typer.Option(help="play on this channel; default: the file's")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="print the transcripts")] = False,
    report: Annotated[
        bool,
        typer.Option("--report", help="print goals reached, turns, wrong statements, model calls"),
    ] = False,
    junit: Annotated[Path | None, typer.Option(help="write JUnit XML to this file")] = None,
    json: Annotated[
        Path | None,
        typer.Option(help="write all results to this file; the HTML compares with what was in it"),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="write a page with transcripts")] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="keep the service, and play files again that change")
    ] = False,
) -> None:
    """Play scenario files. Status 1 when one fails or a statement is wrong."""
    from lola.cli.scenarios import Wanted, play_scenarios, watch_scenarios

    if watch and (junit or json or html):
        raise typer.BadParameter("--watch writes no files")
    files = paths or [Path("tests/scenarios")]
    wanted = Wanted(
        channel=channel, verbose=verbose, report=report, junit=junit, json=json, html=html
    )
    if watch:
        watch_scenarios(files, wanted)
    elif not play_scenarios(files, wanted):
        raise typer.Exit(1)


@scenarios.command("schema")
def scenarios_schema() -> None:
    """Print the JSON schema of a scenario, for editors and other programs."""
    from lola.cli.scenarios import print_schema

    print_schema()


def simulate(
    senders: Annotated[int, typer.Option(min=1, max=5000, help="how many senders")] = 60,
    seed: Annotated[int, typer.Option(help="the same seed plays the same senders")] = 1,
    personas: Annotated[
        list[Path] | None, typer.Option(help="play the personas of these files instead")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="write a page with transcripts")] = None,
    json: Annotated[Path | None, typer.Option(help="write all results to this file")] = None,
) -> None:
    """Play simulated senders. Status 1 for a wrong figure, or a link without a confirmation."""
    from lola.cli.simulate import simulate as play

    if not play(senders, seed, personas or [], html=html, json=json):
        raise typer.Exit(1)


def record(
    out: Annotated[Path, typer.Argument(help="a new file, one conversation per line")],
    conversations: Annotated[
        int, typer.Option(min=1, max=2000, help="how many of the newest")
    ] = 100,
) -> None:
    """Write conversations of this deployment to a file, masked, for `lola replay`."""
    from lola.cli.replay import record as write

    write(out, conversations)


def replay(
    file: Annotated[Path, typer.Argument(help="what `lola record` wrote")],
    html: Annotated[Path | None, typer.Option(help="write both builds side by side")] = None,
) -> None:
    """Play recorded conversations against this build, and compare routes, tools, words, costs."""
    from lola.cli.replay import play

    play(file, html)
