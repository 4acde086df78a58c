"""`lola audit` and `lola privacy` beside a running service, as auditors and operators use them."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from lola.cli.audit import verify_trail
from lola.cli.main import app
from lola.errors import LolaError
from lola.testing.waiting import until
from tests.e2e.process import Running

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

PHONE = "+15550109301"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lola(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A service that ships its audit trail to a file, with one sender who has a link."""
    folder = tmp_path_factory.mktemp("lola")
    async with Running(folder, AUDIT_FILE=str(folder / "audit.jsonl")) as running:
        await running.command("staff", "add", "maria", LOLA_STAFF_PASSWORD="correct horse battery")
        sender = running.whatsapp(PHONE, "Ana")
        await sender.say("quiero mandar 100 dólares a Guatemala en efectivo para Marta Xoc Choc")
        await sender.tap("Banrural")
        await sender.tap("Confirmar")
        yield running


@pytest.fixture(autouse=True)
def _environment(lola: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run in this process, with the service's settings and in its folder."""
    for name, value in lola.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(lola._data)


async def run(*arguments: str) -> tuple[int, str]:
    """Run a command; return its status and output, or 2 and the error."""
    result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    if isinstance(result.exception, LolaError):
        return 2, str(result.exception)
    return result.exit_code, result.stdout


async def command(*arguments: str) -> str:
    """Return the output of a command that succeeds."""
    status, output = await run(*arguments)
    assert status == 0, output
    return output


async def test_the_trail_is_listed_by_sender_kind_and_staff(lola: Running) -> None:
    """A sender's records are found by their number, which no record holds."""
    lines = (await command("audit", "list", "--phone", PHONE, "--json")).splitlines()
    kinds = {json.loads(line)["kind"] for line in lines}
    assert kinds == {"turn", "ticket"}
    assert not any("5550109301" in line or "Marta" in line for line in lines)
    shown = await command("audit", "list", "--staff", "maria")
    assert "staff.added" in shown
    assert "link_sent" not in shown


async def test_a_copy_verifies_and_each_way_of_breaking_it_is_found(lola: Running) -> None:
    """Status 0 for the whole one; 1 for a changed, removed or cut line, and for a wrong head."""
    path = lola._data / "audit.jsonl"

    async def shipped() -> bool:
        return path.exists() and "link_sent" in path.read_text()

    assert await until(shipped)
    assert (await run("audit", "verify", "--from-file", str(path)))[0] == 0
    whole = path.read_text().splitlines(keepends=True)
    last = json.loads(whole[-1])
    known = f"{last['chain']}:{last['seq']}:{last['link']}"
    copy = lola._data / "copy.jsonl"
    longest = [line for line in whole if json.loads(line)["chain"] == last["chain"]]
    assert len(longest) > 2
    broken = {
        "whole": (whole, True),
        "changed": ([line.replace("turn", "Turn") for line in whole], False),
        "removed": ([line for line in whole if line != longest[1]], False),
        "cut": (whole[:-1], False),
        "reordered": (whole[::-1], False),
        "half a line": ([*whole[:-1], whole[-1][:40]], False),
    }
    for title, (lines, is_whole) in broken.items():
        copy.write_text("".join(lines))
        assert verify_trail([copy], [known], offline=True) == is_whole, title
    copy.write_text("".join(whole[:-1]))
    status, output = await run("audit", "verify", "--from-file", str(copy))
    assert status == 1
    assert re.search(r"FAULT chain \d+ was shipped to \d+, the files end at \d+", output)


async def test_evidence_and_export_are_files_of_their_owner_and_on_record(lola: Running) -> None:
    """Masked unless a reason is given; never over a file that exists."""
    await command("audit", "export", "--phone", PHONE, "--out", "pack")
    page = (lola._data / "pack.html").read_text()
    assert "[name]" in page
    assert "Marta Xoc" not in page
    assert "digest of what was approved" in page
    assert (lola._data / "pack.json").stat().st_mode & 0o777 == 0o600
    assert (await run("audit", "export", "--phone", PHONE, "--out", "pack"))[0] == 2
    refused = await run("audit", "export", "--phone", PHONE, "--unmasked", "--out", "open")
    assert refused[0] == 2
    await command(
        "audit", "export", "--phone", PHONE, "--unmasked", "--reason", "case 7", "--out", "open"
    )
    assert "Marta Xoc" in (lola._data / "open.html").read_text()
    await command("privacy", "export", "--phone", PHONE, "--out", "ana.json")
    assert (lola._data / "ana.json").stat().st_mode & 0o777 == 0o600
    assert "Marta" in (lola._data / "ana.json").read_text()
    lines = (await command("audit", "list", "--kind", "audit.exported", "--json")).splitlines()
    assert [json.loads(line)["reason"] for line in lines][-1] == "case 7"


async def test_an_erasure_waits_for_the_open_transfer_or_a_reason(lola: Running) -> None:
    """LOLA-810 while the link is open; with a reason everything goes and the chain stays whole."""
    status, errors = await run("privacy", "erase", "--phone", PHONE, "--yes")
    assert (status, "LOLA-810" in errors) == (2, True)
    output = await command(
        "privacy", "erase", "--phone", PHONE, "--yes", "--force", "court order 7"
    )
    report = json.loads(output)
    assert report["conversations"] == 1
    assert "transfer" in {stay["what"].split()[0] for stay in report["stays"]}
    await command("privacy", "export", "--phone", PHONE, "--out", "after.json")
    assert json.loads((lola._data / "after.json").read_text())["stored"] == []
    assert "no fault" in await command("audit", "verify")
