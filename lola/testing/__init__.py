"""Tools for testing a running service: simulated senders, scenario files, a scripted model.

A public package: a bank's own tests may import every name below (docs/testing.md). Names are
imported when they are used, so that the pytest plugin costs runs without it nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lola.testing.harness import Harness
    from lola.testing.runner import run_scenario
    from lola.testing.scenario_result import ScenarioResult
    from lola.testing.scenarios import Scenario, find_scenarios, load_scenarios
    from lola.testing.scripted_model import (
        ScriptedModel,
        ScriptError,
        ServedScript,
        calls,
        says,
    )
    from lola.testing.simulated_sender import HarnessError, SimulatedSender, TurnReport
    from lola.testing.staff import Staff
    from lola.testing.waiting import until
    from lola.testing.widget_browser import WidgetBrowser, WidgetError

__all__ = [
    "Harness",
    "HarnessError",
    "Scenario",
    "ScenarioResult",
    "ScriptError",
    "ScriptedModel",
    "ServedScript",
    "SimulatedSender",
    "Staff",
    "TurnReport",
    "WidgetBrowser",
    "WidgetError",
    "calls",
    "find_scenarios",
    "load_scenarios",
    "run_scenario",
    "says",
    "until",
]

_MODULES = {
    "harness": ("Harness",),
    "runner": ("run_scenario",),
    "scenario_result": ("ScenarioResult",),
    "scenarios": ("Scenario", "find_scenarios", "load_scenarios"),
    "scripted_model": ("ScriptError", "ScriptedModel", "ServedScript", "calls", "says"),
    "simulated_sender": ("HarnessError", "SimulatedSender", "TurnReport"),
    "staff": ("Staff",),
    "waiting": ("until",),
    "widget_browser": ("WidgetBrowser", "WidgetError"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
