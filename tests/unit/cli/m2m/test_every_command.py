"""Each `lola m2m` command against the sandbox: what works, and what each kind of fault says."""

import asyncio
import json

import pytest
import typer

from lola.cli.main import app
from lola.domain.clock import system_clock
from lola.state import Keys, connect
from lola.state.kept_events import KeptEvents
from tests.unit.cli.m2m.commands import BY_ID, CHANGES, COMMANDS, LOCAL, words_of
from tests.unit.cli.m2m.conftest import REASON

ASKING = sorted(COMMANDS.keys() - LOCAL)


def leaves(command, path: str = "") -> set[str]:
    children = getattr(command, "commands", None)
    if children is None:
        return {path.strip()}
    return set().union(*(leaves(child, f"{path} {name}") for name, child in children.items()))


def keep(environment, event="operation.created", **ids) -> str:
    """Keep an event as the gateway does, and return its id."""

    async def put() -> None:
        connections = connect(environment["REDIS_URL"])
        keys = Keys(environment["PROJECT_NAME"])
        body = {"event": event, "ids": ids, "ticket": "", "fields": ["amount"]}
        kept = KeptEvents(connections.commands, keys, system_clock)
        await kept.keep("m2m-kept", "no ticket", body, retry=False)
        await connections.close()

    asyncio.run(put())
    return "m2m-kept"


@pytest.fixture
def whole(ids, environment) -> dict[str, str]:
    return ids | {"kept": keep(environment)}


def test_every_command_has_words_here():
    """A new command is not forgotten by the tests below."""
    group = typer.main.get_command(app).commands["m2m"]
    assert leaves(group) == set(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"kept retry"}))
def test_it_works_for_people_and_for_programs(lola, whole, name):
    """A table without JSON, and JSON that a program reads; exit code 0, and nothing on stderr."""
    done = lola(*words_of(name, whole), "--json")
    assert (done.exit_code, done.exception) == (0, None), done.stderr
    assert isinstance(json.loads(done.stdout), dict)
    if name not in CHANGES:
        table = lola(*words_of(name, whole))
        assert table.exit_code == 0
        assert table.stdout
        assert not table.stdout.startswith("{")


@pytest.mark.parametrize("name", sorted(BY_ID - LOCAL))
def test_an_unknown_id_is_named_with_a_hint(lola, whole, name):
    """404 `RESOURCE_NOT_FOUND` (reference/m2m.md 2.6): exit code 1."""
    strange = {key: f"{key}_unknown" for key in whole}
    done = lola(*words_of(name, strange))
    assert done.exit_code == 1
    assert "[LOLA-502]" in done.stderr
    assert "RESOURCE_NOT_FOUND" in done.stderr
    assert "is the id right?" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("name", ASKING)
def test_a_partner_that_is_down_is_told_apart(lola, whole, name):
    """Exit code 3: no answer says nothing about the account."""
    away = {"M2M_BASE_URL": "http://127.0.0.1:9", "PARTNER_TIMEOUT_SECONDS": "0.1"}
    done = lola(*words_of(name, whole), "--json", **away)
    assert (done.exit_code, done.stdout) == (3, "")
    error = json.loads(done.stderr)["error"]
    assert error["code"] == "LOLA-501"
    assert ("may have" in error["hint"]) == (name in CHANGES)


@pytest.mark.parametrize("name", ASKING)
def test_a_wrong_key_says_which_setting(lola, whole, name):
    """401 `INVALID_API_KEY` (reference/m2m.md 2.3)."""
    done = lola(*words_of(name, whole), M2M_API_KEY="m2m_test_revoked")
    assert done.exit_code == 1
    assert "INVALID_API_KEY" in done.stderr
    assert "check M2M_API_KEY" in done.stderr
    assert "m2m_test_revoked" not in done.output


@pytest.mark.parametrize(
    ("name", "status", "hint"),
    [
        *((name, 409, "present state") for name in ASKING),
        *((name, 422, "values wrong") for name in ASKING if name in CHANGES),
    ],
)
def test_a_refusal_is_shown_with_the_partners_code(lola, partner, whole, name, status, hint):
    """Unknown codes are kept (reference/m2m.md 2.6); the partner's text is not repeated."""
    body = {"success": False, "error": {"code": "ODD_CODE", "message": f"for {whole['user']}"}}
    partner.recorder.answers.append((status, body))
    done = lola(*words_of(name, whole))
    assert done.exit_code == 1
    assert "ODD_CODE" in done.stderr
    assert hint in done.stderr
    assert "for user" not in done.output


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_change_without_a_reason_is_not_made(lola, partner, whole, name):
    """Missing, empty, too long: the partner is not asked, and nothing is changed."""
    words = words_of(name, whole)
    before = [word for word in words if word not in {"--reason", REASON}]
    assert lola(*before).exit_code == 2
    for reason in (" ", "x" * 501):
        done = lola(*before, "--reason", reason)
        assert done.exit_code == 1
        assert "[LOLA-120]" in done.stderr
    assert partner.recorder.asked == []
    assert json.loads(lola("audit", "--json").stdout)["items"] == []


@pytest.mark.parametrize("name", sorted(CHANGES - {"kept retry"}))
def test_a_change_is_recorded_before_and_after(lola, whole, name):
    """Who, what, which id and why, without card data."""
    words = [
        "card 4242 4242 4242 4242" if word == REASON else word for word in words_of(name, whole)
    ]
    assert lola(*words).exit_code == 0
    first, last = json.loads(lola("audit", "--json").stdout)["items"]
    assert (first["who"], first["outcome"]) == ("cli:ana", "asked")
    assert last["outcome"].startswith("done")
    assert first["reason"] == last["reason"]
    assert "4242 4242" not in last["reason"]
    if name in BY_ID:
        assert first["subject"] == words[2]


def test_without_its_record_nothing_is_changed(lola, partner, whole):
    """Exit code 4 while Redis is away."""
    done = lola(*words_of("users block", whole), REDIS_URL="redis://127.0.0.1:9/0")
    assert done.exit_code == 4
    assert "[LOLA-200]" in done.stderr
    assert partner.recorder.asked == []


def test_a_refused_and_an_unknown_outcome_are_recorded_too(lola, partner, whole):
    """What the partner said, or that it said nothing."""
    body = {"code": "USER_GONE", "message": "x"}
    partner.recorder.answers += [(409, body), (500, body)]
    for _ in range(2):
        assert lola(*words_of("users block", whole)).exit_code in {1, 3}
    outcomes = [item["outcome"] for item in json.loads(lola("audit", "--json").stdout)["items"]]
    assert outcomes == ["asked", "refused: USER_GONE", "asked", "unknown"]


def test_without_a_partner_it_says_what_to_set(lola):
    """Exit code 2: there is nothing to ask."""
    done = lola("profile", M2M_BASE_URL="")
    assert done.exit_code == 2
    assert "M2M_BASE_URL" in done.stderr
