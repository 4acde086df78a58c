"""Another project's `agents` or `channels` in the environment stops the start with the reason."""

import sys
from pathlib import Path

import pytest

from lola.app.loading import SHIPPED, refuse_foreign_packages
from lola.errors import ConfigurationError


def test_the_packages_of_this_service_are_found_with_it() -> None:
    """Nothing is refused where only this service has packages of these names."""
    refuse_foreign_packages()


@pytest.mark.parametrize("name", SHIPPED)
def test_a_package_of_another_project_is_refused_by_its_place(
    name: str, tmp_path: Path, monkeypatch
) -> None:
    """The OpenAI agents SDK and Django Channels use these names (reference/dependencies.md)."""
    other = tmp_path / name
    other.mkdir()
    (other / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    for module in [item for item in sys.modules if item.partition(".")[0] == name]:
        monkeypatch.delitem(sys.modules, module)
    with pytest.raises(ConfigurationError, match=str(other)) as caught:
        refuse_foreign_packages()
    assert caught.value.hint == "install the service in an environment of its own"
