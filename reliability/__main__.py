"""`python -m reliability`: run a tier of the reliability tests (docs/reliability.md)."""

from typing import Annotated, Literal

import typer

from reliability.command import run_chaos


def main(
    tier: Annotated[Literal["push", "nightly"], typer.Option(help="how much to run")] = "nightly",
    messages: Annotated[int, typer.Option(help="messages; 0 for the tier's own number")] = 0,
    kills: Annotated[int, typer.Option(help="worker kills; 0 for the tier's own number")] = 0,
    seed: Annotated[int, typer.Option(help="repeats a schedule of faults")] = 1,
) -> None:
    """Inject faults into the delivery and check its history; exit with 1 on any violation."""
    if not run_chaos(messages=messages, kills=kills, seed=seed, tier_name=tier):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
