"""The console's records in the audit trail: who signed in and who read what."""

import pytest

from lola.errors import StoreUnavailableError
from lola.telemetry import names


async def test_sign_ins_and_reads_are_recorded_by_page_and_api(bank, open_browser):
    """Each with the name of the staff member, reads under the conversation's pseudonym."""
    conversation = await bank.turn(text="mi secreto")
    ana = open_browser()
    await ana.sign_in("ana")
    for path in (f"conversations/{conversation}", f"api/conversations/{conversation}"):
        async with ana.get(path) as answer:
            assert answer.status == 200
    records = await bank.trail.newest()
    assert [record.kind for record in records] == [
        names.CONSOLE_SIGNED_IN,
        names.CONSOLE_CONVERSATION_READ,
        names.CONSOLE_CONVERSATION_READ,
    ]
    assert {record.body["staff"] for record in records} == {"ana"}
    assert records[1].subject == bank.trail.lines.subject(conversation)


@pytest.mark.parametrize("path", ["conversations/{}", "api/conversations/{}"])
async def test_what_cannot_be_recorded_is_not_shown(bank, open_browser, path):
    """A read comes after its record, so that none can be missing."""
    conversation = await bank.turn(text="mi secreto")
    ana = open_browser()
    await ana.sign_in("ana")
    bank.trail.error = StoreUnavailableError("gone")
    async with ana.get(path.format(conversation)) as answer:
        assert answer.status >= 500
        assert "secreto" not in await answer.text()
