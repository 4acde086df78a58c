"""Renders a run as one HTML page without scripts or other files, readable on a phone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from lola.testing.reports.run import Changed, Run

if TYPE_CHECKING:
    from lola.testing.personas.playing import Row as SenderRow
    from lola.testing.scenario_report import Row


def html_page(
    run: Run,
    rows: "Sequence[Row] | Sequence[SenderRow]" = (),
    changed: Sequence[Changed] | None = None,
    *,
    what: str = "scenarios",
) -> str:
    """Return the page. `rows` are the goals by language; `changed` is None without a last run."""
    environment = Environment(
        loader=PackageLoader("lola.testing.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html")
    return page.render(run=run, rows=rows, changed=changed, what=what)
