"""`lola partners`: what is proved about the partners' systems."""

from pathlib import Path
from typing import Annotated

import typer

partners = typer.Typer(no_args_is_help=True, help="What is proved about the partners' systems.")


@partners.callback()
def root() -> None:
    """What is proved about the partners' systems."""


@partners.command()
def coverage(
    folder: Annotated[Path, typer.Option(help="a checkout of the source")] = Path(),
    every_item: Annotated[
        bool, typer.Option("--all", help="list also the items that have a test")
    ] = False,
) -> None:
    """Print which items of the partners' checklists have a conformance test, and why others not."""
    from lola.cli.coverage import print_coverage

    if not print_coverage(folder, every_item=every_item):
        raise typer.Exit(1)
