"""What deploy/ sets, so that a container never runs as a development machine by default."""

import configparser
import json
import re
from pathlib import Path

import pytest
import yaml

from lola.telemetry import names
from lola.telemetry.metrics import Metrics

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())["groups"][0]["rules"]
PANELS = json.loads((DEPLOY / "grafana" / "lola.json").read_text())["panels"]
QUERIES = [rule["expr"] for rule in RULES] + [
    target["expr"] for panel in PANELS for target in panel["targets"]
]


def test_the_image_is_for_production() -> None:
    """A container without further settings refuses to start instead of starting a sandbox."""
    lines = re.findall(r"^ENV (.+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert "LOLA_ENV=production" in " ".join(lines).split()


def test_every_lola_container_of_the_compose_file_is_for_production() -> None:
    """The setting is not left to the file with the secrets, and allows no shortcut."""
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    environments = [services[name]["environment"] for name in ("gateway", "worker")]
    for environment in environments:
        assert environment["LOLA_ENV"] == "production"
        assert "ALLOW_UNSAFE" not in environment


def _exported() -> dict[str, set[str]]:
    """Return the labels of each series that the service exports, by the series' name."""
    found: dict[str, set[str]] = {"up": {"job"}}
    for metric in Metrics().registry._names_to_collectors.items():
        name, collector = metric
        found[name] = set(collector._labelnames) | ({"le"} if name.endswith("_bucket") else set())
    return found


def _mistakes(query: str) -> list[str]:
    """Return the series and labels of a query that the service does not export."""
    exported = _exported()
    series = re.findall(r"\b(?:lola_\w+|up)\b", query)
    labels = {label for name in series for label in exported.get(name, ())}
    used = re.findall(r"by \(([^)]*)\)", query) + re.findall(r"(\w+)!?=~?\"", query)
    wanted = {label.strip() for group in used for label in group.split(",")}
    return [name for name in series if name not in exported] + sorted(wanted - labels)


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_asks_for_series_and_labels_that_exist(query: str) -> None:
    """An alert on a renamed metric would never fire."""
    assert "lola_" in query or "up{" in query
    assert _mistakes(query) == []
    assert query.count("(") == query.count(")")


def test_a_query_for_what_does_not_exist_is_found() -> None:
    """The check above fails for an unknown series, an unknown label and a wrong suffix."""
    assert _mistakes("rate(lola_nothing_total[5m])") == ["lola_nothing_total"]
    assert _mistakes('lola_sends_total{colour="red"}') == ["colour"]
    assert _mistakes("lola_sends") == []
    assert _mistakes("sum by (guard) (lola_turns_total)") == ["guard"]


def test_every_metric_has_a_chart() -> None:
    """What is counted can be seen."""
    metrics = {value for name, value in vars(names).items() if name.startswith("METRIC_")}
    charts = " ".join(target["expr"] for panel in PANELS for target in panel["targets"])
    assert [name for name in sorted(metrics) if name not in charts] == []


def test_every_alert_has_a_runbook_and_no_runbook_is_left_over() -> None:
    """Who is woken finds a page of the alert's name."""
    headings = re.findall(
        r"^## (\w+)$", (DEPLOY.parent / "docs" / "runbooks.md").read_text(), re.MULTILINE
    )
    assert headings == [rule["alert"] for rule in RULES]
    assert all(rule["annotations"]["summary"] for rule in RULES)
    assert {rule["labels"]["severity"] for rule in RULES} == {"page", "ticket"}


@pytest.mark.parametrize("unit", ["lola-gateway.service", "lola-worker@.service"])
def test_the_units_run_for_production_without_privileges(unit: str) -> None:
    """The service is an unprivileged user's, and is given time to finish its turns."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(DEPLOY / "systemd" / unit)
    service = parser["Service"]
    assert "LOLA_ENV=production" in service["Environment"].split()
    assert service["User"] == "lola"
    assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "strict")
    assert int(service["TimeoutStopSec"]) > 20
