"""What `lola m2m` shows: aligned tables, masked personal data, and never what opens a link."""

import json
import stat
from uuid import uuid4

import pytest

from lola.money.reference import sender_reference
from tests.unit.cli.m2m.commands import COMMANDS, LOCAL, words_of
from tests.unit.cli.m2m.conftest import REASON, RECIPIENT
from tests.unit.sandbox.m2m.conftest import WHOLE

PHONE = "+15550100001"
UNMASKED = ("users show", "link show", "link activity", "operations show", "cip list", "cip show",
            "deliveries show")  # fmt: skip


def printed(done) -> dict:
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_a_table_is_aligned_plain_text(lola, ids):
    """One header, one line per row, columns that begin at the same place."""
    header, row = lola(*words_of("operations list", ids)).stdout.splitlines()
    assert header.split()[:3] == ["operationId", "status", "send"]
    assert row.split()[:6] == [ids["operation"], "created", "100", "USD", "1725", "MXN"]
    assert row[header.index("status") :].startswith("created")
    assert f"{header}{row}".isprintable()


def test_text_of_the_partner_cannot_drive_a_terminal(lola, partner, ids):
    """Escape sequences in a value are not printed as they are."""
    item = {"userId": "u\x1b[2J1", "referenceId": "\u202ex", "cipStatus": "odd\n"}
    page = {"items": [item], "pagination": {"page": 1, "limit": 100, "total": 1, "totalPages": 1}}
    partner.recorder.answers.append((200, {"success": True, "data": page}))
    table = lola("users", "list").stdout
    assert len(table.splitlines()) == 2
    assert all(line.isprintable() for line in table.splitlines())


def test_an_empty_list_says_so(lola):
    """People read a word, programs an empty list."""
    words = ("users", "list", "--reference", "stranger")
    assert lola(*words).stdout == "none\n"
    assert printed(lola(*words, "--json")) == {"items": [], "more": False}


def test_a_list_ends_at_its_limit_and_says_that_there_is_more(lola, ids):
    """The newest come first (reference/m2m.md 9.3)."""
    done = printed(lola("link", "list", "--limit", "1", "--json"))
    assert len(done["items"]) == 1
    assert done["more"] is True
    assert "--limit" in lola("link", "list", "--limit", "1").stderr


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - LOCAL - {"webhook rotate"}))
def test_nothing_personal_and_no_address_is_shown(lola, partner, ids, name):
    """Names, numbers, recipients, addresses of links and secrets stay with the partner."""
    done = lola(*words_of(name, ids), "--json")
    private = [
        RECIPIENT, "Ruiz", WHOLE["idNumber"], "014027000005555558", WHOLE["dob"], "5558",
        f"{partner.sandbox.url}/widget", partner.credentials.m2m_webhook_secret,
        partner.credentials.m2m_api_key,
    ]  # fmt: skip
    assert [text for text in private if text in done.output] == []


@pytest.mark.parametrize("name", UNMASKED)
def test_a_reason_shows_what_the_partner_tells_and_is_recorded(lola, ids, name):
    """Without a reason the same command is masked; the address of a link is never shown."""
    masked = printed(lola(*words_of(name, ids), "--json"))
    words = words_of(name, ids)
    opened = printed(lola(*words, "--unmask", REASON, "--json"))
    assert "…" in json.dumps(masked, ensure_ascii=False) or masked == opened
    assert "/widget/" not in json.dumps(opened)
    records = printed(lola("audit", "--json"))["items"]
    assert {(one["action"], one["subject"], one["reason"]) for one in records} == {
        ("unmask", words[2], REASON)
    }


def test_metadata_is_masked_until_a_reason_is_given(lola, ids):
    """The names of the fields stay, so that an operator knows what there is to ask for."""
    words = ("link", "show", ids["link"], "--json")
    assert printed(lola(*words))["metadata"] == {"recipient": "…"}
    assert printed(lola(*words, "--unmask", REASON))["metadata"] == {"recipient": RECIPIENT}


def test_an_empty_reason_does_not_unmask(lola, ids):
    """Blank is no reason: exit code 1, and nothing is shown."""
    done = lola("link", "show", ids["link"], "--unmask", " ")
    assert (done.exit_code, done.stdout) == (1, "")


def test_the_address_of_an_identity_check_needs_a_reason_too(lola, ids):
    """With it anybody could act as the sender."""
    words = words_of("cip create", ids)
    shown = printed(lola(*words, "--unmask", "sent by letter", "--json"))
    assert ids["link"] in shown["widgetUrl"]


def test_a_sender_is_found_by_number(lola, partner, environment):
    """In any spelling: the partner knows only the reference that is made of it."""
    reference = sender_reference(PHONE, environment["SENDER_REFERENCE_KEY"])

    async def know() -> str:
        platform = partner.sandbox.m2m
        return platform.users.ensure(platform.partners.find("sol"), reference).user_id

    user = partner.do(know())
    (found,) = printed(lola("users", "list", "--phone", "1 (555) 010-0001", "--json"))["items"]
    assert (found["userId"], found["referenceId"]) == (user, reference)
    wrong = lola("users", "list", "--phone", "none")
    assert wrong.exit_code == 2
    assert "--phone" in wrong.stderr


@pytest.mark.parametrize("name", ["users list", "link list", "operations list", "deliveries list"])
def test_dates_narrow_a_list(lola, ids, name):
    """ISO 8601, as the partner takes it; anything else is refused here."""
    assert printed(lola(*words_of(name, ids), "--from", "2020-01-01", "--json"))["items"]
    assert not printed(lola(*words_of(name, ids), "--to", "2020-01-01T00:00Z", "--json"))["items"]
    wrong = lola(*words_of(name, ids), "--from", "yesterday")
    assert wrong.exit_code == 2
    assert "for instance 2026-02-10" in wrong.stderr


def test_filters_reach_the_partner(lola, ids):
    """Each narrows to what it says."""
    assert lola(*words_of("users block", ids)).exit_code == 0
    of = ("--reference", ids["reference"])
    for words, count in {
        ("users", "list", *of, "--blocked"): 1,
        ("users", "list", *of, "--not-blocked"): 0,
        ("users", "list", *of, "--cip-status", "verified"): 0,
        ("link", "list", *of, "--visibility", "active"): 1,
        ("link", "list", *of, "--status", "revoked"): 0,
        ("operations", "list", *of): 0,
        ("operations", "list", "--user", ids["user"]): 0,
        ("operations", "list", "--link", ids["used"], "--status", "created"): 1,
        ("deliveries", "list", *of, "--event", "link.created"): 1,
        ("deliveries", "list", *of, "--event", "link.opened"): 0,
    }.items():
        assert len(printed(lola(*words, "--json"))["items"]) == count, words


def test_a_secret_is_printed_once_or_kept_in_a_file_of_its_own(lola, tmp_path, partner):
    """Mode 0600, and never over another file (reference/m2m.md 5.21)."""
    path = tmp_path / "secret"
    done = lola("webhook", "rotate", "--to", str(path), "--reason", REASON)
    assert done.exit_code == 0
    secret = path.read_text().strip()
    assert secret.startswith("whsec_")
    assert secret not in done.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert printed(lola("webhook", "show", "--json"))["secretIsInSettings"] is False
    matching = lola("webhook", "show", "--json", M2M_WEBHOOK_SECRET=f"{secret}, old")
    assert printed(matching)["secretIsInSettings"] is True
    again = lola("webhook", "rotate", "--to", str(path), "--reason", REASON)
    assert again.exit_code == 2
    assert path.read_text().strip() == secret
    printing = lola("webhook", "rotate", "--print", "--reason", REASON)
    assert printing.stdout.count("whsec_") == 1
    records = lola("audit", "--json").stdout
    assert "whsec_" not in records


@pytest.mark.parametrize("words", [(), ("--print", "--to", "both")])
def test_a_secret_needs_one_place_to_go(lola, partner, words):
    """Without a place the partner is not asked: the present secret stays good."""
    done = lola("webhook", "rotate", *words, "--reason", REASON)
    assert done.exit_code == 2
    assert partner.recorder.asked == []


def test_a_rotation_without_answer_leaves_no_file_and_says_what_may_be(lola, tmp_path):
    """The partner may have made a secret that was never seen."""
    path = tmp_path / "secret"
    done = lola(
        "webhook", "rotate", "--to", str(path), "--reason", REASON,
        M2M_BASE_URL="http://127.0.0.1:9",
    )  # fmt: skip
    assert done.exit_code == 3
    assert "may have changed" in done.stderr
    assert not path.exists()


def test_the_webhook_address_is_set_and_switched_off(lola):
    """Https only, and exactly one of the two (reference/m2m.md 5.19, 7.1)."""
    why = ("--reason", REASON)
    url = f"https://{uuid4().hex}.bank.example/webhooks/m2m"
    assert printed(lola("webhook", "set", url, *why, "--json"))["webhookUrl"] == url
    assert printed(lola("webhook", "show", "--json"))["webhookUrl"] == url
    assert lola("webhook", "set", "http://bank.example/x", *why).exit_code == 2
    assert lola("webhook", "set", url, "--off", *why).exit_code == 2
    assert lola("webhook", "set", *why).exit_code == 2
    assert lola("webhook", "set", "--off", *why).exit_code == 0
    assert printed(lola("webhook", "show", "--json"))["webhookUrl"] is None
    assert lola("webhook", "show").stdout.splitlines()[0].split() == ["webhookUrl", "-"]


def test_settings_change_only_where_they_are_named(lola):
    """The rest stays as it is; without a change nothing is asked."""
    before = printed(lola("settings", "show", "--json"))
    done = lola("settings", "update", "--link-minutes", "90", "--reason", REASON, "--json")
    assert printed(done) == before | {"defaultLinkExpirationMinutes": 90}
    assert lola("settings", "update", "--reason", REASON).exit_code == 1
    assert lola("settings", "update", "--link-minutes", "4", "--reason", REASON).exit_code == 2


def test_a_block_holds_until_it_is_lifted(lola, ids):
    """The partner's details say so, with the reason masked (reference/m2m.md 5.11, 5.12)."""
    assert printed(lola(*words_of("users block", ids), "--json"))["blocked"] is True
    details = printed(lola("users", "show", ids["user"], "--json"))
    assert (details["blocked"], details["blockedReason"]) == (True, "…")
    assert printed(lola(*words_of("users unblock", ids), "--json"))["blocked"] is False


def test_a_used_link_is_not_revoked(lola, ids):
    """That could stop what the sender approved; the operation is named as the next step."""
    done = lola("link", "revoke", ids["used"], "--reason", REASON)
    assert done.exit_code == 1
    assert "the link has an operation" in done.stderr
    assert lola(*words_of("link revoke", ids)).exit_code == 0
    assert lola(*words_of("link revoke", ids)).exit_code == 1


def test_readiness_is_an_exit_code_too(lola, partner, ids):
    """1 with the missing fields when the check cannot begin (reference/m2m.md 5.16)."""
    assert printed(lola(*words_of("cip readiness", ids), "--json"))["ready"] is True
    found = {"linkId": ids["link"], "ready": False, "missingFields": ["dob"]}
    partner.recorder.answers.append((200, {"success": True, "data": found}))
    done = lola(*words_of("cip readiness", ids))
    assert done.exit_code == 1
    assert "dob" in done.stdout


def test_an_identity_check_is_read_from_the_timeline(lola, ids):
    """The partner has no route that lists or shows tickets."""
    steps = printed(lola(*words_of("cip list", ids), "--json"))["items"]
    assert [step["type"] for step in steps] == ["cip.ticket_created", "cip.verified"]
    assert printed(lola(*words_of("cip show", ids), "--json"))["status"] == "verified"
    done = lola("cip", "show", ids["used"], "cip_unknown")
    assert done.exit_code == 1
    assert "lola m2m cip list" in done.stderr
