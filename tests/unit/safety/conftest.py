"""Rows of the adversarial data, loaded as data only."""

import json
from pathlib import Path

DATA = Path(__file__).parents[2] / "data" / "guards"


def rows(name):
    """Return the rows of one file under tests/data/guards."""
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def pytest_generate_tests(metafunc):
    """Run a test with a `<name>_row` argument once per row of that file, by the row's id."""
    for argument in metafunc.fixturenames:
        if argument.endswith("_row"):
            found = rows(argument.removesuffix("_row"))
            metafunc.parametrize(argument, found, ids=[row["id"] for row in found])
