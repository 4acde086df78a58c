"""The report of scenario files in a browser, on a phone and on a desktop."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.reports.page import html_page
from lola.testing.reports.run import changes, run_of
from lola.testing.runner import run_scenario
from lola.testing.scenario_report import rows_of
from lola.testing.scenarios import load_scenarios
from tests.browser.browser import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

FILES = Path(__file__).parents[1] / "scenarios"
BAD = """name: "An expectation that does not hold"
sender: {kind: verified}
goal: another amount
reach: {transfer: {send: "999.00 USD"}}
steps:
  - say: "quiero mandar 200 dólares a Rosa Hernández en México"
    expect: {says: ["999.00"]}
  - "[Confirmar]"
"""


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_the_report_is_readable(size, opened, tmp_path: Path) -> None:
    """Nothing is wider than the screen; what failed is open; a transcript opens by its line."""
    (tmp_path / "bad.yaml").write_text(BAD)
    async with Harness(load_settings(port=0, lola_data=tmp_path, retriever="")) as harness:
        results = [
            await run_scenario(harness, scenario)
            for path in (FILES / "approved.yaml", tmp_path / "bad.yaml")
            for scenario in load_scenarios(path)
        ]
    run = run_of(results, datetime(2026, 11, 23, 12, 0, tzinfo=UTC))
    before = run_of(results[:2], run.started_at)
    page = tmp_path / "report.html"
    page.write_text(html_page(run, rows_of(results), list(changes(before, run))))
    visitor = await opened(size=size)
    await visitor.page.goto(page.as_uri())
    assert await visitor.heading() == "2 of 3 scenarios passed"
    await visitor.page.get_by_text("Hasta la aprobación (es)").click()
    assert await visitor.page.get_by_text("Tipo de cambio").first.is_visible()
    width = await visitor.page.evaluate("document.documentElement.scrollWidth")
    assert width <= size[0]
    await visitor.look(f"scenario-report-{size[0]}")
