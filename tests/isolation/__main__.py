"""`python -m tests.isolation`: 20,000 turns of 200 conversations; exit 1 if a value got out."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from tests.isolation.run import isolate


def main(
    turns: Annotated[int, typer.Option(help="turns of all conversations")] = 20_000,
    conversations: Annotated[int, typer.Option(help="conversations at the same time")] = 200,
    seed: Annotated[int, typer.Option(help="repeats a run's choices")] = 1,
) -> None:
    """Interleave conversations with planted values and cancelled requests."""
    result = asyncio.run(isolate(turns=turns, conversations=conversations, seed=seed))
    console = Console()
    for name, count in asdict(result).items():
        console.print(f"{name.replace('_', ' '):>16}  {count:,}")
    if not result.kept:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
