"""Scenario files on the real service, on every channel; the demo's journeys are such files."""

from pathlib import Path

import pytest

import lola.testing
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.rcs import RCS
from lola.testing.runner import run_scenario
from lola.testing.scenarios import find_scenarios, load_scenarios

pytestmark = [pytest.mark.e2e]

FILES = [
    *sorted((Path(__file__).parents[1] / "scenarios").glob("*.yaml")),
    *find_scenarios([Path(lola.testing.__file__).parent / "journeys"]),
]


@pytest.mark.parametrize("channel", ["whatsapp", "sms", "twilio_whatsapp", "telegram", "chatwoot"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_a_scenario_passes_on_every_channel(path: Path, channel, tmp_path: Path) -> None:
    """One file, unchanged, wherever the sender writes from."""
    async with Harness(load_settings(port=0, lola_data=tmp_path)) as harness:
        for scenario in load_scenarios(path):
            played = await run_scenario(harness, scenario, channel=channel)
            assert (played.failures, played.wrong) == ([], [])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_a_scenario_passes_by_rcs(path: Path, tmp_path: Path) -> None:
    """The same files by RCS, where every choice is a tap on a suggestion."""
    async with Harness(load_settings(port=0, lola_data=tmp_path)) as harness:
        for scenario in load_scenarios(path):
            played = await run_scenario(harness, scenario, way=RCS)
            assert (played.failures, played.wrong) == ([], [])


async def test_a_scenario_that_expects_the_wrong_thing_fails(tmp_path: Path) -> None:
    """Each kind of expectation can fail."""
    file = tmp_path / "wrong.yaml"
    file.write_text(
        """
name: wrong
sender: {phone: "+15550105199"}
steps:
  - say: hola
    expect:
      {route: blocked, language: en, says: [xyzzy], never_says: [hola], options: [Nope],
       tools: [send_money], links: 3, passages: [nothing], silent: true}
  - gracias
"""
    )
    async with Harness(load_settings(port=0, lola_data=tmp_path / "data")) as harness:
        played = await run_scenario(harness, *load_scenarios(file))
    assert len(played.failures) == 9
    assert all(f"{file}:" in failure for failure in played.failures)
    assert f"{file}:7: step 1: expected to read 'xyzzy', got '" in "\n".join(played.failures)
    assert played.not_run == 1
