"""The tools against PayHub's stand-in: what they return, and what they refuse."""

from dataclasses import replace
from typing import Any

import pytest

from agents.tools import TOOLS
from lola.agent.tools import Toolbox, ToolResult
from lola.domain.identity import UNKNOWN
from lola.domain.messages import ButtonsMessage
from lola.domain.passages import Passage
from lola.errors import ToolError
from tests.support import draft, identified, inbound, tap

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOOLBOX = {tool.name: tool for tool in Toolbox(TOOLS)}
CLABE = "014027000005555558"
STRANGE_CLABE = "646180110400000007"
"""A valid number of a bank that is not in the list."""
CASH = {
    "country": "MX", "payout_method": "cash_pickup", "amount": "200", "amount_currency": "USD",
    "recipient_first_name": "Rosa", "recipient_last_name": "Hernández", "payer_id": "mx-oxxo",
}  # fmt: skip
BANK = {**CASH, "payout_method": "bank_account", "payer_id": "014", "account": CLABE}


class OneDocument:
    """A retriever with one passage."""

    async def search(
        self, question: str, language: str, limit: int = 3, **_: str
    ) -> tuple[Passage, ...]:
        return (
            Passage(
                id="fees@1#1", document="fees", version="1", language=language, heading="Fees",
                text="Shown before you confirm.", score=0.9,
            ),
        )  # fmt: skip

    async def ready(self) -> None: ...

    async def close(self) -> None: ...


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


async def test_an_unserved_country_is_answered_with_those_served(ana) -> None:
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
    """Anything else is an error that the model can read."""
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
    """The turn ends with code's summary; the draft is in the session, nothing is confirmed."""
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


async def test_an_account_is_masked_and_sealed_in_the_terms(ana) -> None:
    """The terms have the last four digits and a token; the masked number stands for the same."""
    result = await use("prepare_transfer", ana(), **{**BANK, "account": CLABE})
    terms = result.turn.session.draft.terms
    assert terms.account == "[••••5558]"
    assert CLABE not in repr(result.turn.session)
    ctx = replace(ana(), turn=result.turn)
    again = await use("prepare_transfer", ctx, **{**BANK, "account": "[••••5558]"})
    assert again.turn.session.draft.digest == result.turn.session.draft.digest


async def test_a_masked_account_is_held_against_the_bank_as_a_written_one_is(ana) -> None:
    """The tool opens the number, so a wrong bank is refused and no bank is needed; the model gets
    the bank's name and no more digits than it had.
    """
    accounts = ana().services.accounts
    seals = (accounts.seal(number, number, ana().turn.session) for number in (CLABE, STRANGE_CLABE))
    base = ana(language="es")
    ctx = replace(base, turn=base.turn.evolve(session=base.turn.session.with_accounts(seals)))
    wrong = await use(
        "prepare_transfer", ctx, **{**BANK, "payer_id": "012", "account": "[••••5558]"}
    )
    assert wrong.data["code"] == "BANK_ACCOUNT_MISMATCH"
    assert wrong.data["account_bank"] == "Santander México"
    own = await use("prepare_transfer", ctx, **{**BANK, "payer_id": "", "account": "[••••5558]"})
    terms = own.turn.session.draft.terms
    assert (terms.payer_name, accounts.whole(terms)) == ("Santander México", CLABE)
    for hint, name, is_unknown in (
        ("[••••5558]", "Santander México", False), ("[••••0007]", "", True),
    ):  # fmt: skip
        checked = (await use("validate_bank", ctx, country="MX", account=hint)).data
        assert checked["canonical"] == hint
        assert (checked["bank_name"], checked["bank_unknown"]) == (name, is_unknown)


@pytest.mark.parametrize("name", ["<b>x</b> https://bank.example", "4111 1111 1111 1111", "a@b.co"])
async def test_a_name_is_letters_or_no_summary_is_made(ana, name: str) -> None:
    """The model is told to ask for the name; nothing of it is in a text for the sender."""
    for field in ("recipient_first_name", "recipient_last_name"):
        with pytest.raises(ToolError, match="letters only"):
            await use("prepare_transfer", ana(), **{**CASH, field: name})


async def test_a_longer_name_is_refused_and_never_cut(ana) -> None:
    """The tool says which part is too long, so that the sender is asked for a shorter one."""
    name = "Maximiliano " * 6
    for field in ("recipient_first_name", "recipient_last_name"):
        refused = await use("prepare_transfer", ana(), **{**CASH, field: name})
        assert (refused.data["code"], refused.data["arguments"]) == ("NAME_TOO_LONG", [field])
        assert refused.turn is None


@pytest.mark.parametrize(
    ("chosen", "account", "named"),
    [
        ("012", CLABE, ("BBVA México", "Santander México")),
        ("014", STRANGE_CLABE, ("Santander México", "")),
    ],
)
async def test_bank_and_account_that_contradict_each_other_are_refused(
    ana, chosen: str, account: str, named: tuple[str, str]
) -> None:
    """Any model hears both banks and that the sender has to say which is right."""
    result = await use(
        "prepare_transfer", ana(), **{**BANK, "payer_id": chosen, "account": account}
    )
    assert result.data["code"] == "BANK_ACCOUNT_MISMATCH"
    assert (result.data["chosen_bank"], result.data["account_bank"]) == named
    assert (result.say, result.turn) == ((), None)


@pytest.mark.parametrize(
    ("account", "bank", "shown"),
    [
        (CLABE, "Santander México", "Santander México · ••••5558"),
        (STRANGE_CLABE, "", "banco que no reconozco por el número · ••••0007"),
    ],
)
async def test_a_clabe_without_a_chosen_bank_is_enough(ana, account, bank, shown) -> None:
    """The number names its bank; a bank outside the list has no name, and the summary says so."""
    checked = (await use("validate_bank", ana(), country="MX", account=account)).data
    assert (checked["valid"], checked["bank_unknown"]) == (True, not bank)
    result = await use(
        "prepare_transfer",
        ana(language="es"),
        **{**BANK, "payer_id": "", "account": account},
    )
    assert result.turn.session.draft.terms.payer_name == bank
    assert shown in result.say[0].content


@pytest.mark.parametrize(
    "changes", [{"amount": "NaN"}, {"amount_currency": "EUR"}, {"recipient_id": "ct-of-others"}]
)
async def test_nonsense_and_foreign_ids_are_refused(ana, changes) -> None:
    """A foreign recipient is as absent as a wrong one (docs/safety.md G2)."""
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


async def with_link(ana):
    """Confirm a transfer and get its link; return the session and the ticket."""
    ctx = ana()
    prepared = await use(
        "prepare_transfer", ctx, **{**CASH, "payer_id": await payer_id(ctx, "OXXO")}
    )
    draft = prepared.turn.session.draft.confirmed_by("wamid.9", ctx.turn.now)
    session = prepared.turn.session.evolve(draft=draft)
    linked = await use("send_money", ana(session=session), draft_id=draft.id)
    return linked.turn.session, linked.turn.session.tickets[-1]


async def test_an_unapproved_link_is_revoked_at_the_partner(ana, harness) -> None:
    """Revoked (reference/m2m.md 5.4), said by code, and a turn that runs twice says the same."""
    session, ticket = await with_link(ana)
    first, second = [await use("cancel_transfer", ana(session=session)) for _ in range(2)]
    assert (await harness.service.m2m.get_link(ticket.link_id)).status == "revoked"
    assert "su enlace ya no sirve" in first.say[0].content
    assert second.say == first.say
    assert first.turn.session.ticket(ticket.id).status == "cancelled"
    assert not TOOLBOX["cancel_transfer"].is_available(ana(session=first.turn.session))


async def test_what_was_approved_meanwhile_is_not_cancelled(ana, harness) -> None:
    """The chat has not heard of it yet; the partner knows, and the sender is told what it has."""
    session, ticket = await with_link(ana)
    assert await harness.widget.press(ticket.short_url, "approve") == 200
    late = await use("cancel_transfer", ana(session=session))
    assert "ya se aprobó" in late.say[0].content
    assert "persona" in late.say[0].content
    assert late.turn.session.ticket(ticket.id).status == "approved"
    assert (await harness.service.m2m.get_link(ticket.link_id)).status != "revoked"


async def test_a_person_is_called_by_a_typed_signal(ana) -> None:
    """Never by a phrase in a reply (reference/field.md B.1, row 8)."""
    result = await use("talk_to_person", ana(), reason="disputes a charge")
    assert result.escalate == "disputes a charge"


async def test_payout_methods_are_compared_by_what_the_sender_pays(ana) -> None:
    """One quote for each way to be paid, the lowest total first."""
    quotes = (await use("compare_payout_methods", ana(), country="HN", amount="200")).data["quotes"]
    assert [quote["payout_method"] for quote in quotes] == [
        "mobile_wallet", "bank_account", "cash_pickup",
    ]  # fmt: skip
    totals = [quote["total"]["text"] for quote in quotes]
    assert totals == ["201.99 USD", "202.99 USD", "203.99 USD"]


@pytest.mark.parametrize("tool", ["pre_quote", "compare_payout_methods"])
async def test_a_comparison_keeps_the_limits_too(ana, tool: str) -> None:
    """Whatever prices a transfer names the limits it broke."""
    result = await use(tool, ana(), country="MX", amount="5000")
    assert result.data["code"] == "AMOUNT_OUT_OF_RANGE"


@pytest.mark.parametrize(
    ("asked", "cities"),
    [
        ({"place": "guadalajara"}, {"Guadalajara"}),
        ({"payer_id": "payer:mx-coppel"}, {"Morelia"}),
        ({"place": "atlantis"}, set()),
    ],
)
async def test_counters_are_found_by_place_and_company(ana, asked, cities) -> None:
    """Without accents, and with the payer's id as it came as a choice."""
    rows = (await use("get_branches", ana(), country="MX", **asked)).data["branches"]
    assert {row["city"] for row in rows} == cities


async def test_a_long_list_of_counters_says_that_there_are_more(ana) -> None:
    """Five at most reach the model."""
    data = (await use("get_branches", ana(), country="MX")).data
    assert (len(data["branches"]), data["more"]) == (5, 1)


async def test_limits_are_the_corridors_and_the_senders_own(ana) -> None:
    """Per transfer for everybody; what was used and is left only for who is known."""
    data = (await use("get_limits", ana(), country="MX")).data
    assert data["per_transfer"][0]["maximum"]["text"] == "2,999.00 USD"
    assert data["own"]["limit_left"]["text"] == "4,150.00 USD"
    unknown = (await use("get_limits", ana(identity=UNKNOWN))).data
    assert len(unknown["per_transfer"]) == 6
    assert "own" not in unknown


async def test_past_transfers_are_the_senders_own_and_masked(ana) -> None:
    """Newest first, without any account number (reference/lola.md 18)."""
    rows = (await use("get_transfers", ana())).data["transfers"]
    sent = [(row["recipient"], row["status"]) for row in rows if row["kind"] == "sent"]
    assert sent == [("Luis Ruiz", "ready_for_pickup"), ("Rosa Hernández", "completed")]
    assert CLABE not in str(rows)


async def test_a_receipt_is_written_by_code_from_the_banks_figures(ana) -> None:
    """Exact figures, the last four digits, and the sender's language (docs/safety.md G5)."""
    (receipt,) = (await use("get_receipt", ana(language="es"), reference="kd82qa")).say
    for text in ("300.00 USD", "2.99 USD", "1 USD = 17.2 MXN", "•••• 5558", "entregado"):
        assert text in receipt.content
    assert CLABE not in receipt.content


async def test_a_foreign_reference_is_as_absent_as_a_wrong_one(ana) -> None:
    """The same error for another sender's reference and a made-up one (docs/safety.md G2)."""
    with pytest.raises(ToolError, match="no transfer with that reference"):
        await use("get_receipt", ana(), reference="ZZZZZZ")


@pytest.mark.parametrize(
    ("changes", "verification", "step"),
    [
        ({}, "passed", "none"),
        ({"verdict": "pending", "next_step": "scan_id_again"}, "pending", "scan_id_again"),
        ({"verdict": "pending"}, "pending", "wait"),
        ({"verdict": "blocked", "is_blocked": True, "next_step": "x"}, "blocked", "talk_to_person"),
    ],
)
async def test_verification_says_what_comes_next(ana, changes, verification, step) -> None:
    """A block gives no reasons away."""
    result = await use("get_verification", ana(identity=identified(**changes)))
    assert result.data == {"verification": verification, "next_step": step}


async def test_help_search_needs_documents(ana) -> None:
    """Without an index the tool does not exist; with one it returns passages with their ids."""
    assert not TOOLBOX["search_help"].is_available(ana())
    ctx = ana()
    ctx = replace(ctx, services=replace(ctx.services, retriever=OneDocument()))
    assert TOOLBOX["search_help"].is_available(ctx)
    rows = (await use("search_help", ctx, question="fees")).data["passages"]
    assert [row["id"] for row in rows] == ["fees@1#1"]


PEDRO = {
    "first_name": "Pedro", "last_name": "Gómez", "recipient_phone": "55 9876 5432",
    "country": "MX", "alias": "Compadre",
}  # fmt: skip


async def test_a_person_is_saved_only_after_the_senders_own_tap(ana, harness) -> None:
    """The proposal is a text with two buttons; only its own button makes the tool exist (G3)."""
    proposed = await use("add_recipient", ana(), **PEDRO)
    (summary,) = proposed.say
    assert "Pedro Gómez" in summary.content
    yes, no = (option.id for option in summary.options)
    session = proposed.turn.session
    assert not TOOLBOX["carry_out"].is_available(ana(session=session))
    assert not TOOLBOX["carry_out"].is_available(ana(session=session, inbound=(tap(no),)))
    assert not TOOLBOX["carry_out"].is_available(
        ana(session=session, inbound=(tap(yes), inbound("x")))
    )
    approved = ana(session=session, inbound=(tap(yes),))
    assert TOOLBOX["carry_out"].is_available(approved)
    result = await use("carry_out", approved)
    assert "Pedro Gómez" in result.say[0].content
    assert not TOOLBOX["carry_out"].is_available(ana(session=result.turn.session))
    again = await use("carry_out", approved)
    assert again.data == result.data, "a turn that runs twice saves once and says the same"
    found = (await use("search_contact_by_name", ana(), name="compadre")).data["recipients"]
    assert [person["name"] for person in found] == ["Pedro Gómez"]
    assert (await use("add_recipient", ana(), **PEDRO)).data["code"] == "ALREADY_SAVED"


async def test_a_plain_yes_counts_only_while_the_proposal_is_on_offer(ana) -> None:
    """Said to anything else, it approves nothing."""
    proposed = await use("edit_recipient", ana(), recipient_id="ct-luis", alias="Lucho")
    session = proposed.turn.session
    asked = session.evolve(offered=proposed.say[0].options)
    yes = (inbound("sí"),)
    assert not TOOLBOX["carry_out"].is_available(ana(session=session, inbound=yes))
    assert TOOLBOX["carry_out"].is_available(ana(session=asked, inbound=yes))
    said_before = ana(session=asked, inbound=yes, accepted_at=proposed.turn.now)
    assert not TOOLBOX["carry_out"].is_available(said_before)
    await use("carry_out", ana(session=asked, inbound=yes))
    found = (await use("search_contact_by_name", ana(), name="lucho")).data["recipients"]
    assert [person["id"] for person in found] == ["ct-luis"]


async def test_a_request_for_money_is_a_link_to_pass_on_made_once(ana) -> None:
    """The same approval twice leads to the same request (reference/raas.md 5.12, 15)."""

    def raas(**options):
        """Return a context without the Request Money partner: RaaS makes the request."""
        ctx = ana(**options)
        return replace(ctx, services=replace(ctx.services, money_requests=None))

    proposed = await use("request_money", ana(), recipient_id="ct-rosa", amount="50")
    assert "50.00 USD" in proposed.say[0].content
    yes = proposed.say[0].options[0].id
    approved = {"session": proposed.turn.session, "inbound": (tap(yes),)}
    first, second = [await use("carry_out", raas(**approved)) for _ in range(2)]
    assert first.say[0].links[0].url.startswith("http")
    assert first.data["reference"] == second.data["reference"]
    first, second = [await use("carry_out", ana(**approved)) for _ in range(2)]
    assert len(first.say[0].links) == 2
    assert first.data == second.data == {"status": "request_made", **first.data}
    kinds = [row["kind"] for row in (await use("get_transfers", ana())).data["transfers"]]
    assert kinds.count("requested") == 1


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("add_recipient", {**PEDRO, "recipient_phone": "12"}),
        ("add_recipient", {**PEDRO, "first_name": " "}),
        ("edit_recipient", {"recipient_id": "ct-of-others", "alias": "x"}),
        ("request_money", {"recipient_id": "ct-of-others", "amount": "50"}),
        ("request_money", {"recipient_id": "ct-rosa", "amount": "many"}),
    ],
)
async def test_what_cannot_be_proposed_is_not(ana, tool: str, arguments) -> None:
    """Bad numbers, empty names, foreign people and non-amounts are errors for the model."""
    try:
        result = await use(tool, ana(), **arguments)
    except ToolError:
        return
    assert result.data["code"] == "INVALID_PHONE"
    assert result.say == ()


@pytest.mark.parametrize("tool", ["add_recipient", "edit_recipient", "request_money"])
async def test_nothing_is_proposed_beside_an_open_transfer(ana, tool: str) -> None:
    """A yes has one meaning at a time."""
    base = ana()
    session = base.turn.session.evolve(draft=draft())
    assert TOOLBOX[tool].is_available(base)
    assert not TOOLBOX[tool].is_available(ana(session=session))
