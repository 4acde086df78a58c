"""`python -m reliability.money`: 500 transfers with each of four partners, and a table."""

import typer

from reliability.money.command import main

if __name__ == "__main__":
    typer.run(main)
