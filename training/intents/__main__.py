"""`python -m training.intents`: trains the classifier and writes its weights into the package.

With `--compare` it trains nothing and prints how phrases and classifier do on the evaluation set.
"""

import sys
from dataclasses import replace
from pathlib import Path

from lola.models.offline.nlu.classifier import WEIGHTS
from training.intents.comparison import compare
from training.intents.training import (
    calibrate,
    digest,
    held_out_scores,
    in_parts,
    read_rows,
    train,
)


def main(target: Path = WEIGHTS) -> None:
    """Train in parts to calibrate on rows held out, then with all rows, and store the result."""
    rows = read_rows()
    labels = sorted({row.intent for row in rows})
    temperature, floor, result = calibrate(*held_out_scores(in_parts(rows), labels))
    final = train(rows, labels)
    replace(final, temperature=temperature, floor=floor, corpus=digest()).save(target)
    print(result, f"temperature {temperature}, floor {floor}, {target.stat().st_size:,} bytes")  # noqa: T201


if __name__ == "__main__":
    if "--compare" in sys.argv:
        print(compare())  # noqa: T201
    else:
        main()
