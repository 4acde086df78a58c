"""The checks find each broken invariant, and nothing in a turn that is right."""

from dataclasses import replace
from typing import Any

import pytest

from lola.testing.device import Received
from lola.testing.simulated_sender import TurnReport
from tests.mistakes.checks import judge_turn
from tests.mistakes.mistakes import CARD

LINK = "https://lola.example/l/abc"
SUMMARY = Received(
    kind="buttons",
    text="Para: Ana Paz\nElektra\nEnvías: 100.00 USD\nRecibe: 1,725.00 MXN",
    options=(("draft:confirm:1", "Confirmar"),),
)
SENT = Received(kind="link", text="Falta un paso.", links=(("Abrir", LINK),))
TICKET = {
    "id": "tk_1", "recipient_name": "Ana Paz", "short_url": LINK,
    "send": {"amount": "100.00", "currency": "USD"},
    "receive": {"amount": "1725.00", "currency": "MXN"},
    "terms": {"payer_name": "Elektra", "account": ""},
}  # fmt: skip
OTHER = TICKET | {"recipient_name": "Eva"}


def report(*replies: Received, tickets: tuple[dict[str, Any], ...] = (), **record) -> TurnReport:
    return TurnReport(
        route="onboarding", tools=(), passages=(), language="es", milliseconds=1,
        replies=replies, record=record, state={"tickets": list(tickets)},
    )  # fmt: skip


ASKED = report(SUMMARY)


def rules(text: str, turn: TurnReport, *, before=(ASKED,), facts=(), forbidden=()) -> list[str]:
    return [found.rule for found in judge_turn(text, turn, before, facts, forbidden)]


def test_a_link_after_the_senders_own_yes_breaks_nothing() -> None:
    """The summary had these facts and was the last thing shown."""
    assert rules("Confirmar", report(SENT, tickets=(TICKET,))) == []


@pytest.mark.parametrize(
    ("text", "turn", "before", "rule"),
    [
        ("gracias", report(SENT, tickets=(TICKET,)), (ASKED,), "unconfirmed"),
        ("sí", report(SENT, tickets=(OTHER,)), (ASKED,), "other facts"),
        ("sí", report(SENT, tickets=(TICKET, TICKET | {"id": "tk_2"})), (ASKED,), "doubled"),
        ("sí", report(SENT, SENT, tickets=(TICKET,)), (ASKED,), "doubled"),
        ("sí", report(replace(SENT, links=(("Abrir", "https://x.example"),))), (), "foreign link"),
        ("hola", report(), (), "silence"),
        ("hola", report(SUMMARY, arguments=CARD), (), "card"),
    ],
)  # fmt: skip
def test_each_broken_invariant_is_found(text, turn, before, rule) -> None:
    """One rule each."""
    assert rule in rules(text, turn, before=before)


def test_a_wrong_sentence_is_found_whatever_marks_are_in_it() -> None:
    """Case, accents and markup do not hide it; the facts that another checker found are kept."""
    turn = report(replace(SUMMARY, text="*YA QUEDO* enviado, ¡ya!"))
    found = rules("hola", turn, facts=("7 has no source",), forbidden=("Ya quedó enviado.",))
    assert found == ["fact", "said"]
