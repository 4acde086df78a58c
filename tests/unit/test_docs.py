"""The documentation keeps up with the code: every setting and every error code has its line."""

import re
from pathlib import Path

import pytest

from agents.tools import TOOLS
from lola.errors import LolaError
from lola.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


def every_error(root: type[LolaError]) -> set[type[LolaError]]:
    return {root}.union(*(every_error(child) for child in root.__subclasses__()))


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    """docs/settings.md names each variable."""
    assert f"`{name.upper()}`" in (DOCS / "settings.md").read_text()


def test_every_tool_is_documented() -> None:
    """docs/tools.md names each tool of the catalogue."""
    named = set(re.findall(r"`([a-z_]+)`", (DOCS / "tools.md").read_text()))
    assert {tool.name for tool in TOOLS} <= named


def test_every_error_code_is_documented_and_its_own() -> None:
    """docs/errors.md has a line per code, and no two errors of one module tree share one."""
    text = (DOCS / "errors.md").read_text()
    errors = every_error(LolaError)
    assert {error.code for error in errors if f"| {error.code} |" not in text} == set()
    own = [error for error in errors if "code" in vars(error)]
    assert len({error.code for error in own}) == len(own)
