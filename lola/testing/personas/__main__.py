"""`python -m lola.testing.personas FILE…`: plays personas on one service; `-v` prints all words."""

import asyncio
import sys
import tempfile
from pathlib import Path

from lola.settings import load_settings
from lola.telemetry.logs import configure
from lola.testing.harness import Harness
from lola.testing.personas.persona import Persona, load_personas
from lola.testing.personas.playing import Played, play, rows_of


async def main(personas: list[Persona]) -> list[Played]:
    """Play the personas one after another on one service."""
    with tempfile.TemporaryDirectory(prefix="lola-personas-") as folder:
        async with Harness(load_settings(port=0, lola_data=Path(folder))) as harness:
            return [await play(harness, persona) for persona in personas]


def show(results: list[Played], *, verbose: bool) -> None:
    """Print what was missed, with all words when asked, and the figures."""
    for one in results:
        other = [f"other {name}" for name in one.unlike]
        bad = [text for text in (one.failure, *one.wrong, *one.unconfirmed, *other) if text]
        if verbose or not one.reached:
            state = "reached" if one.reached else "missed"
            print(one.persona.id, one.persona.goal, state, one.turns, bad)  # noqa: T201
        for who, text in one.lines if verbose else ():
            print("   ", ">" if who == "sender" else " ", text.replace("\n", " / "))  # noqa: T201
    for row in rows_of(results):
        print(  # noqa: T201
            f"{row.name:4} {row.reached}/{row.played} = {row.share:.3f}, wrong {row.wrong}, "
            f"unconfirmed {row.unconfirmed}, other link {row.unlike}, turns {row.turns}"
        )


if __name__ == "__main__":
    configure("error")
    files = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    people = [persona for name in files for persona in load_personas(Path(name))]
    show(asyncio.run(main(people)), verbose="-v" in sys.argv)
