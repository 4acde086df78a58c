"""`lola templates` against Meta's stand-in, and what `lola doctor` says of templates."""

import json
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from lola.channel.templates import TEMPLATES, MessageTemplates
from lola.cli.doctor import _templates
from lola.cli.main import app
from lola.delivery.templates import TemplateBook
from lola.domain.clock import system_clock
from lola.errors import ChannelStoppedError, ConfigurationError
from lola.sandbox.whatsapp.stub import GraphStub
from lola.settings import load_settings
from lola.state import Keys
from lola.text.languages import LANGUAGES
from lola.text.wording import Wording
from tests.unit.cli.test_webhook import listening

TOKEN = "graph-token-1"
ALL = len(TEMPLATES) * len(LANGUAGES)


@pytest.fixture
def graph():
    with listening(GraphStub(TOKEN, system_clock)) as found:
        yield found


@pytest.fixture
def environment(graph, valkey_url, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return {
        "REDIS_URL": valkey_url,
        "PROJECT_NAME": f"t{uuid4().hex[:12]}",
        "TOKEN_WHATSAPP": TOKEN,
        "WHATSAPP_GRAPH_URL": graph[1],
        "WHATSAPP_BUSINESS_ACCOUNT_ID": "200000000000001",
    }


@pytest.fixture
def run(environment):
    def run_(*words, **changes):
        return CliRunner().invoke(app, ["templates", *words], env=environment | changes)

    return run_


def rows(result):
    return json.loads(result.stdout)


def test_apply_submits_once_and_check_says_when_all_is_approved(run, graph):
    """Exit 1 while something waits, 0 when senders can be reached."""
    shelf = graph[0].shelf
    assert {row["status"] for row in rows(run("apply", "--json"))} == {"pending"}
    assert "0 submitted" in run("apply").stdout
    assert len(shelf.templates) == ALL
    waiting = run("check", "--json")
    assert (waiting.exit_code, {row["status"] for row in rows(waiting)}) == (1, {"pending"})
    shelf.review("APPROVED")
    done = run("check", "--json")
    assert (done.exit_code, {row["hint"] for row in rows(done)}) == (0, {""})
    assert {row["status"] for row in rows(run("list", "--json"))} == {"approved"}


@pytest.mark.parametrize(
    ("status", "reason", "hint"),
    [
        ("REJECTED", "TAG_CONTENT_MISMATCH", "utility"),
        ("REJECTED", "INVALID_FORMAT", "variables or layout"),
        ("REJECTED", "NEW_REASON", "change the text"),
        ("PAUSED", "NONE", "complained"),
        ("DISABLED", "NONE", "change the text"),
        ("A_NEW_STATUS", "NONE", "complained"),
    ],
)
def test_a_stopped_template_is_shown_with_reason_and_hint(run, graph, status, reason, hint):
    """The others are as they were; a status that is new to us does not count as approved."""
    run("apply")
    graph[0].shelf.review("APPROVED")
    graph[0].shelf.review(status, reason, key="transfer_failed", language="es")
    checked = run("check", "--json")
    (stopped,) = [row for row in rows(checked) if row["status"] != "approved"]
    assert checked.exit_code == 1
    assert (stopped["key"], stopped["language"]) == ("transfer_failed", "es")
    assert hint in stopped["hint"]
    assert stopped["reason"] == ("" if reason == "NONE" else reason)


def test_a_template_that_meta_filed_as_marketing_is_told(run, graph):
    """It is dearer and never reaches the United States (reference/channels.md 1.9)."""
    run("apply")
    shelf = graph[0].shelf
    shelf.review("APPROVED")
    next(iter(shelf.templates.values())).category = "MARKETING"
    checked = run("check", "--json")
    (moved,) = [row for row in rows(checked) if row["hint"]]
    assert (checked.exit_code, moved["category"]) == (1, "MARKETING")
    assert "marketing" in moved["hint"]


def test_the_list_has_every_text(run):
    """What an operator reads before submitting; no provider is asked."""
    shown = rows(run("list", "--json"))
    assert len(shown) == ALL
    assert {row["status"] for row in shown} == {"missing"}
    table = run("list").stdout
    assert "person_answered" in table.replace("\n", "")


def test_without_an_account_the_setting_is_named(run):
    """So does a channel that has no templates."""
    for result in (run("apply", WHATSAPP_BUSINESS_ACCOUNT_ID=""), run("check", "--channel", "sms")):
        assert isinstance(result.exception, ConfigurationError)
        assert "WHATSAPP_BUSINESS_ACCOUNT_ID" in result.exception.hint


def test_a_wrong_token_is_told_and_nothing_is_submitted(run, graph):
    """With the hint, and without the token."""
    result = run("apply", TOKEN_WHATSAPP="another-token")
    assert isinstance(result.exception, ChannelStoppedError)
    assert graph[0].shelf.templates == {}
    assert "another-token" not in result.stdout + str(result.exception)


async def test_doctor_warns_of_what_waits(run, environment, connections, monkeypatch):
    """One line per channel with managed templates; a warning until all are usable."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    texts = MessageTemplates(Wording())
    book = TemplateBook(connections, Keys(settings.project_name), texts)
    (finding,) = await _templates(settings, book)
    assert finding.is_warning
    assert f"whatsapp: 0 of {ALL} usable, {ALL} missing" in finding.detail
    assert "lola templates check" in finding.hint
    bare = settings.model_copy(update={"whatsapp_business_account_id": ""})
    assert await _templates(bare, book) == []
