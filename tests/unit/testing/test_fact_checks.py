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
