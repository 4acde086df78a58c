"""The page for banks says what the code does."""

from pathlib import Path

from lola.partners.m2m import ROUTES

PAGE = Path("docs/m2m.md")


def test_every_route_stands_on_the_page_as_it_is():
    """The table of docs/m2m.md is the table of the code, row by row."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    expected = [
        f"| `{name}` | `{route}` | {'inferred' if route.inferred else 'documented'} |"
        for name, route in ROUTES.items()
    ]
    assert rows[: len(expected)] == expected
