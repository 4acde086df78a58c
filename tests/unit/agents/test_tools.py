"""The tools against PayHub's stand-in: what they answer, and what they refuse."""

from typing import Any

import pytest

from agents.tools import TOOLS
from lola.errors import ToolError
from lola.identity import UNKNOWN
from lola.messages import ButtonsMessage
from lola.tools import Toolbox, ToolResult

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOOLBOX = {tool.name: tool for tool in Toolbox(TOOLS)}
CLABE = "014027000005555558"
CASH = {
    "country": "MX", "payout_method": "cash_pickup", "amount": "200", "amount_currency": "USD",
    "recipient_first_name": "Rosa", "recipient_last_name": "Hernández", "payer_id": "mx-oxxo",
}  # fmt: skip
BANK = {**CASH, "payout_method": "bank_account", "payer_id": "014", "account": CLABE}


async def use(tool: str, ctx, **arguments: Any) -> ToolResult:
    return await TOOLBOX[tool].call(ctx, arguments)


async def payer_id(ctx, name: str) -> str:
    payers = (await use("get_payers", ctx, country="MX")).data["payers"]
    return next(item["id"] for item in payers if item["name"] == name)


async def test_countries_come_with_limits_and_choices(ana) -> None:
    """Names in the sender's language, figures as a model may repeat them."""
    result = await use("get_countries", ana(language="es"))
    mexico = next(item for item in result.data["countries"] if item["code"] == "MX")
    assert mexico["name"] == "México"
    assert mexico["minimum"]["text"] == "10.00 USD"
    assert "México" in [option.title for option in result.options]


async def test_a_country_nobody_serves_is_answered_with_those_served(ana) -> None:
    """The model hears what there is."""
    with pytest.raises(ToolError, match="MX"):
        await use("get_banks", ana(), country="FR")


async def test_currencies_of_every_corridor(ana) -> None:
    """What is sent and what arrives."""
    found = (await use("get_currencies", ana())).data["currencies"]
    assert {"country": "GT", "source": "USD", "destination": "GTQ"} in found


@pytest.mark.parametrize(
    ("amount", "currency", "text"), [("200", "USD", "3,450.00 MXN"), ("3450", "MXN", "200.00 USD")]
)
async def test_a_quote_goes_both_ways(ana, amount: str, currency: str, text: str) -> None:
    """From what is sent, and from what should arrive."""
    result = await use("pre_quote", ana(), country="MX", amount=amount, currency=currency)
    assert text in str(result.data["quote"])


async def test_a_quote_outside_the_limits_names_them(ana) -> None:
    """The model can tell the sender what is possible."""
    result = await use("pre_quote", ana(), country="MX", amount="5")
    assert result.data["code"] == "AMOUNT_OUT_OF_RANGE"
    assert result.data["minimum"]["text"] == "10.00 USD"


@pytest.mark.parametrize("changes", [{"amount": "many"}, {"amount": "200", "currency": "EUR"}])
async def test_a_quote_needs_a_number_and_a_currency_of_the_corridor(ana, changes) -> None:
    """Anything else is answered in words."""
    with pytest.raises(ToolError):
        await use("pre_quote", ana(), country="MX", **changes)


@pytest.mark.parametrize(
    ("account", "valid"),
    [(CLABE, True), ("0140 2700 0005 5555 58", True), ("014027000005555559", False)],
)
async def test_a_clabe_is_checked(ana, account: str, valid: bool) -> None:
    """A wrong check digit is caught before anything is prepared."""
    result = await use("validate_bank", ana(), country="MX", account=account)
    assert result.data["valid"] is valid


@pytest.mark.parametrize(
    ("written", "canonical"), [("55 1234 5678", "+525512345678"), ("nothing", None)]
)
async def test_a_recipients_number_is_read_in_their_country(ana, written, canonical) -> None:
    """A national number gets its country's prefix."""
    result = await use("validate_phone", ana(), recipient_phone=written, country="MX")
    assert result.data.get("canonical") == canonical


async def test_saved_people_are_the_senders_own(ana) -> None:
    """Hints instead of account numbers (reference/lola.md 18)."""
    people = (await use("get_recipients", ana())).data["recipients"]
    assert {person["name"] for person in people} == {"Rosa Hernández", "Luis Ruiz"}
    assert CLABE not in str(people)
    found = (await use("search_contact_by_name", ana(), name="mama")).data["recipients"]
    assert [person["name"] for person in found] == ["Rosa Hernández"]


async def test_ways_to_pay_are_display_names(ana) -> None:
    """Never a number (reference/lola.md 18)."""
    methods = (await use("get_payment_methods", ana())).data["payment_methods"]
    assert methods
    assert all(set(item) == {"id", "label"} for item in methods)


async def test_an_unknown_sender_has_no_saved_data(ana) -> None:
    """Even when the tool is reached by mistake."""
    with pytest.raises(ToolError, match="not identified"):
        await use("get_recipients", ana(identity=UNKNOWN))


async def test_a_complete_transfer_becomes_a_summary(ana) -> None:
    """The turn ends with code's words; the draft is in the session and nothing is confirmed."""
    ctx = ana()
    arguments = {**CASH, "payer_id": await payer_id(ctx, "OXXO")}
    result = await use("prepare_transfer", ctx, **arguments)
    (summary,) = result.say
    assert isinstance(summary, ButtonsMessage)
    draft = result.turn.session.draft
    assert draft.terms.payer_name == "OXXO"
    assert not draft.is_confirmed()


async def test_a_saved_account_is_used_without_being_shown(ana) -> None:
    """The summary shows its last four digits; the terms hold the recipient's id."""
    arguments = {**BANK, "payer_id": "", "account": "", "recipient_id": "ct-rosa"}
    result = await use("prepare_transfer", ana(), **arguments)
    terms = result.turn.session.draft.terms
    assert terms.recipient_id == "ct-rosa"
    assert CLABE not in str(terms)
    assert "••••5558" in result.say[0].content


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"payer_id": ""}, "MISSING"),
        ({"payer_id": "xx-none"}, "UNKNOWN_PAYER"),
        ({"payout_method": "mobile_wallet"}, "UNKNOWN_PAYOUT_METHOD"),
        ({"payout_method": "bank_account", "payer_id": "014"}, "MISSING"),
        ({"payout_method": "bank_account", "payer_id": "014", "account": "123"}, "INVALID_ACCOUNT"),
        ({"recipient_last_name": " "}, "MISSING"),
        ({"amount": "5"}, "AMOUNT_OUT_OF_RANGE"),
        ({"amount": "1", "amount_currency": "MXN"}, "AMOUNT_OUT_OF_RANGE"),
        ({"country": "HN", "payout_method": "mobile_wallet", "payer_id": ""}, "MISSING"),
    ],
)
async def test_what_is_missing_or_wrong_is_named(ana, changes, code: str) -> None:
    """The model hears a stable code and prepares nothing."""
    ctx = ana()
    arguments = {**CASH, "payer_id": await payer_id(ctx, "OXXO"), **changes}
    result = await use("prepare_transfer", ctx, **arguments)
    assert result.data["code"] == code
    assert result.say == ()
    assert result.turn is None


@pytest.mark.parametrize(
    "changes", [{"amount": "NaN"}, {"amount_currency": "EUR"}, {"recipient_id": "ct-of-others"}]
)
async def test_nonsense_and_foreign_ids_are_refused(ana, changes) -> None:
    """A foreign recipient is as absent as a wrong one (safety.md G2)."""
    with pytest.raises(ToolError):
        await use("prepare_transfer", ana(), **{**CASH, **changes})


@pytest.mark.parametrize(("name", "hidden"), [("send_money", True), ("cancel_transfer", True)])
async def test_without_a_draft_there_is_nothing_to_send_or_cancel(ana, name, hidden) -> None:
    """The tools do not exist then."""
    assert TOOLBOX[name].is_available(ana()) is not hidden


async def test_a_confirmed_draft_makes_the_link_tool_appear(ana) -> None:
    """And an unconfirmed one does not."""
    ctx = ana()
    prepared = await use(
        "prepare_transfer", ctx, **{**CASH, "payer_id": await payer_id(ctx, "OXXO")}
    )
    draft = prepared.turn.session.draft
    session = prepared.turn.session
    assert not TOOLBOX["send_money"].is_available(ana(session=session))
    confirmed = session.evolve(draft=draft.confirmed_by("wamid.9", ctx.turn.now))
    assert TOOLBOX["send_money"].is_available(ana(session=confirmed))
    blocked = ana(session=confirmed, allowed_actions=frozenset({"status"}))
    assert not TOOLBOX["send_money"].is_available(blocked)


async def test_a_person_is_called_by_a_typed_signal(ana) -> None:
    """No magic words (reference/field.md B.1, 8)."""
    result = await use("talk_to_person", ana(), reason="disputes a charge")
    assert result.escalate == "disputes a charge"
