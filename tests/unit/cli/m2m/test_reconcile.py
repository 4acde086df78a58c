"""`lola m2m reconcile` runs the worker's comparison once, or only reports what it would find."""

import json

from tests.unit.cli.m2m.test_events import Stores, stores

__all__ = ["stores"]


def report(done, code: int = 0) -> dict:
    assert done.exit_code == code, done.stderr
    return json.loads(done.stdout)


def test_a_dry_run_reports_and_changes_nothing(lola, ids, stores: Stores):
    """What it finds today it finds tomorrow too: nothing is kept and nothing enqueued."""
    stores.remember(ids["used"])
    for _ in range(2):
        found = report(lola("reconcile", "--dry-run", "--json"))
        assert (found["outcome"], found["is_dry"]) == ("complete", True)
        (own,) = [one for one in found["findings"] if one["operation"] == ids["operation"]]
        assert own["difference"] == "no_session"
    assert json.loads(lola("kept", "list", "--json").stdout)["items"] == []


def test_a_run_keeps_for_staff_what_it_cannot_repair_once(lola, ids, stores: Stores):
    """The second run finds nothing new."""
    stores.remember(ids["used"])
    assert report(lola("reconcile", "--json"))["counts"]["no_session"] == 1
    kept = json.loads(lola("kept", "list", "--json").stdout)["items"]
    assert [one["ids"]["operationId"] for one in kept].count(ids["operation"]) == 1
    assert report(lola("reconcile", "--json"))["counts"].get("no_session", 0) == 0
    table = lola("reconcile", "--dry-run")
    assert ids["operation"] in table.stdout
    assert "complete:" in table.stderr


def test_a_partner_that_fails_ends_the_run(lola):
    """Exit code 3, with the report of what was seen until then."""
    away = {"M2M_BASE_URL": "http://127.0.0.1:9", "PARTNER_TIMEOUT_SECONDS": "0.1"}
    assert report(lola("reconcile", "--json", **away), 3)["outcome"] == "partner_failed"
