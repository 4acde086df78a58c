"""Prints what the claims guard misses and falsely stops: `python -m tests.guards_bench [set …]`."""

import sys
from collections import Counter
from time import thread_time

from lola.safety.output.claims import unsupported_claims
from lola.safety.output.guard import OutputGuard
from tests.claims_corpus import Row, rows, sources


def wrongly_judged(found: list[Row]) -> list[Row]:
    """Return the rows that the claims guard alone judges otherwise than their authors."""
    return [
        row
        for row in found
        if bool(unsupported_claims(row.reply, sources(row))) != (row.side == "wrong")
    ]


def table(found: list[Row]) -> str:
    """Return one line per side, language and kind: rows, wrongly judged ones, their share."""
    all_rows, bad = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for counter, counted in ((all_rows, found), (bad, wrongly_judged(found))):
        for row in counted:
            for kind in (row.kind, "TOTAL"):
                counter[row.side, row.language, kind] += 1
    lines = ["side   lang kind               rows  bad  share"]
    for key, number in sorted(all_rows.items()):
        side, language, kind = key
        lines.append(
            f"{side:6} {language:4} {kind:18} {number:4} {bad[key]:4} {bad[key] / number:6.1%}"
        )
    return "\n".join(lines)


def slowest(found: list[Row]) -> float:
    """Return the 99th percentile of the seconds of CPU that the whole guard takes for one reply."""
    guard = OutputGuard(canary="lola-0123456789abcdef")
    times = []
    for row in found:
        known = sources(row)
        before = thread_time()
        guard.review(row.reply, known, row.language, system="You are a careful assistant. " * 99)
        times.append(thread_time() - before)
    return sorted(times)[int(len(times) * 0.99)]


def main(names: list[str]) -> None:
    """Print the tables of the named sets."""
    for name in names or ["dev"]:
        found = rows(name)
        sys.stdout.write(f"{name}: {len(found)} replies\n{table(found)}\n")
        sys.stdout.write(f"whole guard, 99th percentile: {slowest(found) * 1000:.2f} ms of CPU\n")


if __name__ == "__main__":
    main(sys.argv[1:])
