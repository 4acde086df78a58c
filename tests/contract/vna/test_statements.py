"""A sender asks for the own account in the chat, where the bank switches it on."""

from dataclasses import replace
from pathlib import Path

import pytest

import agents
from agents.tools import TOOLS
from lola.agent.tools import ToolContext
from lola.errors import PartnerUnavailableError
from lola.partners.vna.identity import Identities
from lola.partners.vna.statements import BookStatements
from lola.text.wording import HERE, Wording
from middleware.compliance import actions_for
from tests.contract.vna.bench import person
from tests.support import NOW, identified, turn
from tests.unit.agents.test_obeying_model import SERVICES

TOOL = next(tool for tool in TOOLS if tool.name == "get_own_account")
PHONE = person()["PhoneNumber"]
WORDING = Wording((HERE, Path(agents.__file__).parent / "catalogue"))


@pytest.fixture
def context(bench):
    """A turn of the verified sender whose number leads to the account."""
    statements = BookStatements(bench.book, Identities("k" * 40))

    def make(language="es", phone=PHONE, statements=statements, **changes):
        identity = identified(phone=phone, **changes)
        services = replace(SERVICES, wording=WORDING, statements=statements)
        moment = turn(
            "x",
            identity=identity,
            allowed_actions=actions_for(identity),
            language=language,
            now=NOW,
        )
        return ToolContext(turn=moment, services=services)

    return make


async def test_balance_and_movements_are_written_by_code(bench, context):
    """In the sender's language, with the account's last four digits only."""
    account, _ = await bench.credited()
    await bench.book.debit("D1", account, 1_050)
    for language, words in (
        ("es", ("Saldo: 90.00 USD", "abono de +100.50 USD", "cargo de -10.50 USD")),
        ("en", ("Balance: 90.00 USD", "deposit of +100.50 USD", "charge of -10.50 USD")),
    ):
        result = await TOOL.call(context(language), {})
        (message,) = result.say
        for text in (*words, account[-4:]):
            assert text in message.content
        assert account not in message.content + str(result.data)
    assert result.data["balance"]["amount"] == "90.00"


async def test_another_number_sees_no_account(bench, context):
    """The number is the turn's; nothing that a model writes chooses an account."""
    await bench.credited()
    assert TOOL.schema.parameters.get("properties", {}) == {}
    result = await TOOL.call(context(phone="+15550100004"), {})
    assert (result.data, result.say) == ({"account": "none"}, ())


async def test_the_tool_is_there_only_where_it_is_switched_on(context):
    """And only for a verified sender."""
    assert TOOL.is_available(context())
    assert not TOOL.is_available(context(statements=None))
    assert not TOOL.is_available(context(verdict="pending"))
    assert not TOOL.is_available(context(is_blocked=True))


async def test_a_book_that_is_down_is_an_outage_of_a_partner(bench, context, tmp_path):
    """So the sender hears that the service is not available."""
    await bench.credited()
    await bench.book.close()
    (tmp_path / "vna.db").write_bytes(b"no database" * 1000)
    with pytest.raises(PartnerUnavailableError):
        await TOOL.call(context(), {})
