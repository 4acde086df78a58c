"""`python -m tests.parsers`: our connectors beside pywa and aiogram; exit 1 for a fault.

Prints every difference with its reason. LOLA_TEST_PARSERS is a Python that has both installed
(`make test-parsers`).
"""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from tests.parsers import ours
from tests.parsers.differences import compare, faults, reasons
from tests.parsers.samples import Facts, Sample, own, recorded

THEIRS = Path(__file__).with_name("theirs.py")
SECONDS = 120


def main() -> int:
    """Compare every sample and return the exit code."""
    samples = [*own(), *recorded()]
    theirs = _theirs(samples)
    found = [
        difference
        for sample in samples
        for difference in compare(sample.id, ours.read(sample), theirs[sample.id])
    ]
    known = reasons()
    for difference in found:
        reason = known.get(difference.place, "NO REASON")
        both = f"ours {difference.ours!r}, theirs {difference.theirs!r}"
        sys.stdout.write(f"{' '.join(difference.place)}: {both}: {reason}\n")
    broken = faults(found, known)
    sys.stdout.writelines(f"FAULT {line}\n" for line in broken)
    counted = Counter(sample.channel for sample in samples)
    per_channel = ", ".join(f"{count} of {channel}" for channel, count in counted.items())
    differ = len({difference.place[0] for difference in found})
    sys.stdout.write(f"{per_channel}; {differ} differ, {len(broken)} faults\n")
    return 1 if broken else 0


def _theirs(samples: list[Sample]) -> dict[str, list[Facts]]:
    python = os.environ.get("LOLA_TEST_PARSERS", sys.executable)
    given = json.dumps([asdict(sample) for sample in samples])
    done = subprocess.run(  # noqa: S603 - the Python of the make target
        [python, "-I", str(THEIRS)], input=given, capture_output=True, text=True,
        timeout=SECONDS, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    read: dict[str, list[Facts]] = json.loads(done.stdout)
    return read


if __name__ == "__main__":
    sys.exit(main())
