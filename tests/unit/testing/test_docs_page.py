"""The example of docs/testing.md runs as it is printed, and the page names what the package has."""

import importlib.util
import re
from pathlib import Path

import pytest

import lola.testing
from lola.testing import pytest_plugin

PAGE = Path(__file__).parents[3] / "docs" / "testing.md"
EXAMPLE = re.compile(r"^`test_transfer\.py`\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


async def test_the_example_passes(lola_harness, lola_sender, tmp_path: Path) -> None:
    """The printed test, run against a real service."""
    (source,) = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    path = tmp_path / "test_transfer.py"
    path.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("printed_example", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    await module.test_a_verified_sender_gets_a_link_after_confirming(lola_harness, lola_sender)


@pytest.mark.parametrize("name", [name for name in vars(pytest_plugin) if name.startswith("lola_")])
def test_the_page_has_every_fixture(name: str) -> None:
    """Each has a row of its own."""
    assert f"\n| `{name}` |" in PAGE.read_text(encoding="utf-8")


def test_the_page_names_everything_public() -> None:
    """A name that `lola.testing` exports and the page does not mention would be undocumented."""
    text = PAGE.read_text(encoding="utf-8")
    missing = [name for name in lola.testing.__all__ if not re.search(rf"\b{name}\b", text)]
    assert missing == []
