"""Rows of the adversarial data, loaded as data only."""

from tests.adversary.rows import read


def rows(name):
    """Return the rows of one file under tests/data/guards, or the obfuscated attacks."""
    if name == "obfuscations":
        project = read("injection/project.jsonl")
        return [row for row in project if row["technique"].startswith("obfuscation:")]
    return list(read(f"guards/{name}.jsonl"))


def pytest_generate_tests(metafunc):
    """Run a test with a `<name>_row` argument once per row of that file, by the row's id."""
    for argument in metafunc.fixturenames:
        if argument.endswith("_row"):
            found = rows(argument.removesuffix("_row"))
            metafunc.parametrize(argument, found, ids=[row["id"] for row in found])
