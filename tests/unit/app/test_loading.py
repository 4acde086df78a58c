"""What the settings name by dotted name is imported, and a mistake names the setting."""

import pytest
from pydantic import BaseModel

from lola.app.loading import check_tool_sections, load, load_selector
from lola.errors import ConfigurationError
from lola.settings import load_settings


class Limits(BaseModel):
    """A section of settings for the selector below."""

    route: str


class Selector:
    """Chooses the route of its settings."""

    def __init__(self, route: str) -> None:
        self._route = route

    @classmethod
    def build(cls, settings):
        return cls(settings.section("limits", Limits).route)

    def __call__(self, turn, route):
        return self._route


def select(turn, route):
    return f"own {route}"


SECTIONS = {"limits": Limits}


@pytest.mark.parametrize(("name", "route"), [("select", "own home"), ("Selector", "premium")])
def test_a_selector_is_a_function_or_a_class(name: str, route: str) -> None:
    """A class is built with the settings, so that it can read a section of its own."""
    settings = load_settings(agent_selector=f"{__name__}.{name}", limits={"route": "premium"})
    assert load_selector(settings)(None, "home") == route


def test_without_a_selector_there_is_none() -> None:
    """The documented routes stay."""
    assert load_selector(load_settings()) is None


def test_a_dotted_name_that_does_not_load_names_the_setting() -> None:
    """The operator reads which setting to correct."""
    with pytest.raises(ConfigurationError, match=r"CHANNELS: cannot load no\.such\.Channel"):
        load("CHANNELS", "no.such.Channel")


def test_the_sections_of_tools_are_read_at_the_start() -> None:
    """A missing value is found before a tool is called."""
    with pytest.raises(ConfigurationError, match="LIMITS__ROUTE"):
        check_tool_sections(load_settings(tools=(__name__,)))
    check_tool_sections(load_settings(tools=("agents.tools",)))
