"""Tools for testing a running service: simulated senders, scenario files, a scripted model.

A public package: a bank's own tests may import every name below (docs/testing.md).
"""

from lola.testing.harness import Harness
from lola.testing.runner import run_scenario
from lola.testing.scenario_result import ScenarioResult
from lola.testing.scenarios import Scenario, find_scenarios, load_scenarios
from lola.testing.scripted_model import ScriptedModel, ScriptError, calls, says
from lola.testing.simulated_sender import HarnessError, SimulatedSender, TurnReport
from lola.testing.waiting import until
from lola.testing.widget_browser import WidgetBrowser, WidgetError

__all__ = [
    "Harness",
    "HarnessError",
    "Scenario",
    "ScenarioResult",
    "ScriptError",
    "ScriptedModel",
    "SimulatedSender",
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
