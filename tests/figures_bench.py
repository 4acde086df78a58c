"""Prints what the guard misses and falsely stops of figures: `python -m tests.figures_bench`.

Arguments are names of sets; `-v` prints the wrongly judged replies too.
"""

import sys
from collections import Counter

from lola.safety.output.grounding import check
from tests.figures_corpus import Row, rows, sources


def is_stopped(row: Row) -> bool:
    """Return whether the reply of a row has something without a source."""
    return bool(check(row.reply, sources(row), row.language))


def wrongly_judged(found: list[Row]) -> list[Row]:
    """Return the rows that the guard judges otherwise than their authors."""
    return [row for row in found if is_stopped(row) != (row.side == "wrong")]


def table(found: list[Row], bad: list[Row]) -> str:
    """Return one line per side, language and kind: rows, wrongly judged ones, their share."""
    counts = [
        Counter((row.side, row.language, kind) for row in part for kind in (row.kind, "TOTAL"))
        for part in (found, bad)
    ]
    lines = ["side   lang kind               rows  bad  share"]
    for key, number in sorted(counts[0].items()):
        side, language, kind = key
        share = counts[1][key] / number
        lines.append(f"{side:6} {language:4} {kind:18} {number:4} {counts[1][key]:4} {share:6.1%}")
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    """Print the tables of the named sets."""
    for name in [item for item in arguments if item != "-v"] or ["dev"]:
        found = rows(name)
        bad = wrongly_judged(found)
        print(f"{name}: {len(found)} replies with figures\n{table(found, bad)}")
        for row in bad if "-v" in arguments else ():
            print(f"{row.side} {row.language} [{row.kind}] <{row.user}> {row.reply!r}")


if __name__ == "__main__":
    main(sys.argv[1:])
