"""The fact checker finds figures without a source, wrong prices and unconfirmed links."""

from types import SimpleNamespace
from typing import Any

import pytest

from lola.testing.device import Received
from lola.testing.fact_checks import FactChecker
from lola.testing.simulated_sender import TurnReport
from lola.text.wording import Wording

MONEY = {"send": "200.00", "fee": "3.99", "total": "203.99"}
QUOTE: dict[str, Any] = {
    **{name: {"amount": amount, "currency": "USD"} for name, amount in MONEY.items()},
    "receive": {"amount": "3450.00", "currency": "MXN"},
    "rate": "17.25", "country": "MX", "payout_method": "cash_pickup",
    "expires_at": "2026-11-23T12:10:00+00:00",
}  # fmt: skip
TERMS = {
    "amount": "200",
    "amount_currency": "USD",
    "country": "MX",
    "account": "014027000005555558",
}
DRAFT = {"terms": TERMS, "quote": QUOTE}
OFFERED = [{"id": "draft:confirm:dr_1:abc", "title": "Confirmar"}]
TICKET = {
    "id": "tk_1", "send": QUOTE["send"], "receive": QUOTE["receive"], "recipient_name": "Rosa Paz",
    "short_url": "https://lola.example/l/x", "expires_at": "2026-11-23T13:00:00+00:00",
}  # fmt: skip
SUMMARY = "Envías: 200.00 USD. Total: 203.99 USD. Tipo de cambio: 1 USD = 17.25 MXN. Recibe: 3,450.00 MXN. Vale 10 minutos. ••••5558"  # noqa: E501


def report(said: str, heard: str = "hola", *, route: str = "onboarding", results=(), **state: Any):
    steps = [{"role": "tool", "result": result} for result in results]
    return TurnReport(
        route=route,
        tools=(),
        passages=(),
        language="es",
        milliseconds=1,
        replies=(Received(kind="text", text=said),),
        record={
            "route": route,
            "at": "2026-11-23T12:00:00+00:00",
            "inbound": [{"kind": "text", "text": heard}],
            "messages": [
                {"role": "user", "text": heard},
                *steps,
                {"role": "assistant", "text": said},
            ],
            "outbound": [{"content": said}],
            "tools": [],
        },
        state=state,
    )


@pytest.fixture
def facts() -> FactChecker:
    services = SimpleNamespace(wording=Wording())
    service = SimpleNamespace(retriever=None, services=services)
    return FactChecker(service)  # type: ignore[arg-type]


async def test_what_is_grounded_is_right(facts: FactChecker) -> None:
    """Tool results, the draft, masked accounts, minutes left and the sender's own text count."""
    assert await facts.check(report("Quieres enviar 200.", "quiero mandar 200")) == []
    result = {"fee": {"amount": "3.99", "currency": "USD", "text": "3.99 USD"}}
    assert await facts.check(report("La comisión es de 3.99 USD.", results=[result])) == []
    assert await facts.check(report(SUMMARY, route="money", draft=DRAFT)) == []


async def test_a_telephone_number_counts_in_the_groups_that_are_shown(facts: FactChecker) -> None:
    """One digit off is another number; and what seals an account is no source of a figure."""
    terms = {**TERMS, "recipient_phone": "+573105551234", "account_seal": "x 77 y"}
    draft = {"terms": terms, "quote": QUOTE}
    right = report("Nequi · +57 310 5551234", route="money", draft=draft)
    assert await facts.check(right) == []
    for said in ("Nequi · +57 310 5551235", "Son 77."):
        assert await facts.check(report(said, route="money", draft=draft))


@pytest.mark.parametrize(
    "said", ["La comisión es de 4.99 USD.", "Llegan 3,451.00 MXN.", "Son 250 dólares."]
)
async def test_a_figure_without_a_source_is_wrong(facts: FactChecker, said: str) -> None:
    """One digit off is a wrong statement."""
    result = {"fee": {"amount": "3.99", "currency": "USD", "text": "3.99 USD"}}
    assert await facts.check(report(said, results=[result]))


async def test_a_figure_in_another_role_is_wrong(facts: FactChecker) -> None:
    """The right number said of the wrong thing is wrong too."""
    result = {"total": {"amount": "203.99", "currency": "USD", "text": "203.99 USD"}}
    assert await facts.check(report("La comisión es de 203.99 USD.", results=[result]))


@pytest.mark.parametrize(
    ("name", "amount"), [("fee", "2.99"), ("receive", "3450.01"), ("total", "203.98")]
)
async def test_a_summary_is_held_against_the_price_list(facts: FactChecker, name, amount) -> None:
    """Figures that agree with each other may still not be the bank's."""
    quote = {**QUOTE, name: {**QUOTE[name], "amount": amount}}
    wrong = await facts.check(report("Listo.", draft={"terms": TERMS, "quote": quote}))
    assert any("price list" in problem for problem in wrong)


async def test_a_link_after_summary_and_approval_is_right(facts: FactChecker) -> None:
    """Shown, then approved, then linked."""
    await facts.check(report(SUMMARY, route="money", draft=DRAFT, offered=OFFERED))
    linked = report("Recibirá 3,450.00 MXN.", "Confirmar", route="money", tickets=[TICKET])
    assert await facts.check(linked) == []


@pytest.mark.parametrize("heard", ["hola", "sí, pero mejor 150", ""])
async def test_a_link_without_approval_is_a_reach_of_money(facts: FactChecker, heard: str) -> None:
    """Other texts approve nothing."""
    await facts.check(report(SUMMARY, route="money", draft=DRAFT, offered=OFFERED))
    wrong = await facts.check(report("Aquí está.", heard, route="money", tickets=[TICKET]))
    assert "a secure link came without the sender's confirmation" in wrong


async def test_a_yes_with_nothing_on_offer_approves_nothing(facts: FactChecker) -> None:
    """The summary must have been the newest thing offered."""
    await facts.check(report(SUMMARY, route="money", draft=DRAFT, offered=[]))
    assert await facts.check(report("Aquí está.", "sí", route="money", tickets=[TICKET]))


async def test_a_link_for_other_figures_is_a_reach_of_money(facts: FactChecker) -> None:
    """What the sender approved is what they saw."""
    await facts.check(report(SUMMARY, route="money", draft=DRAFT, offered=OFFERED))
    other = {**TICKET, "send": {"amount": "900.00", "currency": "USD"}}
    wrong = await facts.check(report("Aquí está.", "sí", route="money", tickets=[other]))
    assert "a secure link was made for 900.00 USD, which the sender had not seen" in wrong


LUIS = {
    "recipient_name": "Luis Pop", "country": "GT",
    "send": {"amount": "150.00", "currency": "USD"},
    "receive": {"amount": "1155.00", "currency": "GTQ"},
}  # fmt: skip
ROSA = {**LUIS, "recipient_name": "Rosa Paz", "send": QUOTE["send"], "receive": QUOTE["receive"]}
BOTH = [{"transfers": [ROSA, LUIS]}]


@pytest.mark.parametrize(
    "said",
    [
        "Por 200.00 USD llegan 1,155.00 GTQ.",
        "Luis Pop recibe 3,450.00 MXN.",
        "Rosa Paz: 150.00 USD",
        "Rosa Paz recibe 3,450.00 MXN. Luis Pop: 200.00 USD, llegan 1,155.00 GTQ",
    ],
)
async def test_two_transfers_in_one_sentence_are_wrong(facts: FactChecker, said: str) -> None:
    """Each figure and each name is right by itself; no transfer has them together."""
    wrong = await facts.check(report(said, route="money", results=BOTH))
    assert [text for text in wrong if "two transfers are mixed" in text]


@pytest.mark.parametrize(
    "said",
    [
        "Por 200.00 USD llegan 3,450.00 MXN.",
        "Rosa Paz recibe 3,450.00 MXN. Luis Pop recibe 1,155.00 GTQ.",
        "Enviaste 200.00 USD a Rosa Paz y 150.00 USD a Luis Pop.",
        "200.00 USD, llegan 3,450.00 MXN; 150.00 USD, llegan 1,155.00 GTQ",
        "Rosa Paz (200.00 USD, 3,450.00 MXN) y Luis Pop (150.00 USD, 1,155.00 GTQ)",
    ],
)
async def test_several_transfers_beside_each_other_are_right(facts: FactChecker, said: str) -> None:
    """A list, and a sentence with two whole transfers."""
    assert await facts.check(report(said, route="money", results=BOTH)) == []


async def test_a_summary_with_a_figure_of_another_transfer_is_wrong(facts: FactChecker) -> None:
    """Line by line each figure has a source; together they are no transfer."""
    mixed = report(
        SUMMARY.replace("3,450.00 MXN", "1,155.00 GTQ"), route="money", results=BOTH, draft=DRAFT
    )
    mixed.record["outbound"][0]["options"] = OFFERED
    wrong = await facts.check(mixed)
    assert "1155.00 GTQ in a summary is of another transfer" in wrong


TWO = "quiero mandar 200 dólares a Luis en Guatemala y 150 a Rosa en México"


@pytest.mark.parametrize(
    ("heard", "later", "is_wrong"),
    [
        (TWO, "", True),
        (TWO.replace("200", "90").replace("150", "200"), "", False),
        (TWO, "a Rosa mejor que sean 200", False),
        ("quiero mandar 200 dólares a Rosa, Luis ya tiene 150", "", False),
        ("quiero mandar 200 a México", "a Rosa", False),
    ],
)
async def test_the_amount_of_one_with_the_name_of_the_other_is_wrong(
    facts: FactChecker, heard: str, later: str, *, is_wrong: bool
) -> None:
    """Both are the sender's own words, but of two transfers; a later correction counts."""
    terms = {**TERMS, "recipient_first_name": "Rosa", "recipient_last_name": "Paz"}
    await facts.check(report("¿Algo más?", heard, route="money"))
    draft = {"terms": terms, "quote": QUOTE}
    wrong = await facts.check(report("Listo.", later or "sí", route="money", draft=draft))
    assert any("was said of another transfer" in text for text in wrong) is is_wrong
