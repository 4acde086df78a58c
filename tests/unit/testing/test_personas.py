"""Simulated senders with a goal: what they read, what they do, and how the end is judged."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lola.errors import ConfigurationError
from lola.testing.device import Received
from lola.testing.personas.acting import Acting, Line
from lola.testing.personas.judging import differences, is_reached
from lola.testing.personas.persona import Persona, load_personas
from lola.testing.personas.playing import Played, rows_of
from lola.testing.personas.questions import asked
from lola.testing.personas.world import is_possible, payee
from lola.testing.simulated_sender import TurnReport

DATA = Path(__file__).parents[2] / "data" / "personas"
SEED = 1
SUMMARY = Received(
    kind="buttons",
    text="*Revisa tu envío*\nEnvías: 120.00 USD\n¿Confirmas estos datos?",
    options=(("1", "Confirmar"), ("2", "Modificar")),
)


def persona(**changes: Any) -> Persona:
    answers = {
        "country": "méxico", "amount": "120", "recipient": "rosa paz", "method": "efectivo",
        "payer": "oxxo", "account": None, "confirm": "sí", "anything_else": None,
    }  # fmt: skip
    values = {
        "id": "p", "lang": "es", "channel": "whatsapp", "goal": "link", "country": "MX",
        "method": "cash", "payer": "OXXO", "amount": "120", "currency": "USD",
        "recipient": "Rosa Paz", "account": None, "opening": "hola", "answers": answers,
    }  # fmt: skip
    return Persona.model_validate({**values, **changes})


def ticket(**changes: Any) -> dict[str, Any]:
    values = {
        "status": "link_sent",
        "send": {"amount": "120.00", "currency": "USD"},
        "receive": {"amount": "2070.00", "currency": "MXN"},
        "recipient_name": "Rosa Paz",
        "terms": {"country": "MX", "payout_method": "cash_pickup", "payer_name": "OXXO"},
    }
    return {**values, **changes}


def report(*tickets: dict[str, Any], **changes: Any) -> TurnReport:
    values: dict[str, Any] = {
        "route": "onboarding", "tools": (), "passages": (), "language": "es", "milliseconds": 1,
        "replies": (), "state": {"tickets": list(tickets), "draft": None},
    }  # fmt: skip
    return TurnReport(**{**values, **changes})


def text(words: str) -> Received:
    return Received(kind="text", text=words)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Claro. ¿A qué país quieres enviar?", "country"),
        ("Perfecto, para Ma. del Carmen. ¿Cómo prefieres que Ma. del Carmen lo reciba?", "method"),
        ("Which bank in Mexico is the account with?", "payer"),
        ("¿Cuál es la CLABE de Rosa?", "account"),
        ("Con mucho gusto.", ""),
    ],
)
def test_the_last_question_is_read(words: str, name: str) -> None:
    """A sender knows what is asked from the words alone."""
    assert asked([text(words)]) == name


def test_a_sender_answers_corrects_and_confirms() -> None:
    """The answer to a question, then what they say unasked, then the yes."""
    twist = {"when": "after_summary", "say": "que sean 130"}
    acting = Acting(persona(twists=[twist]), SEED)
    assert acting.first() == Line(text="hola")
    assert acting.next([text("¿Cuánto quieres enviar?")]) == Line(text="120")
    assert acting.next([SUMMARY]) == Line(text="que sean 130")
    agreed = acting.next([SUMMARY])
    assert agreed is not None
    assert agreed.text in {"sí", "Confirmar"}


def test_a_sender_who_is_not_understood_gives_up() -> None:
    """The same question is answered three times at most."""
    acting = Acting(persona(), SEED)
    lines = [acting.next([text("¿A qué país quieres enviar?")]) for _ in range(4)]
    assert [line is None for line in lines] == [False, False, False, True]


def test_the_same_seed_does_the_same() -> None:
    """Who taps and who writes follows from seed and persona alone."""
    ways = {str(Acting(persona(id=f"p{place}"), SEED).next([SUMMARY])) for place in range(40)}
    again = [str(Acting(persona(id="p7"), SEED).next([SUMMARY])) for _ in range(3)]
    assert len(ways) > 1
    assert len(set(again)) == 1


def test_a_link_for_the_truth_reaches_the_goal() -> None:
    """Names are compared without case and accents."""
    assert is_reached(persona(recipient="Rosa PÁZ"), [report(ticket())])


@pytest.mark.parametrize(
    ("changes", "unlike"),
    [
        ({"recipient_name": "Rosa"}, ["recipient"]),
        ({"send": {"amount": "12.00", "currency": "USD"}}, ["amount"]),
        ({"terms": {**ticket()["terms"], "payer_name": "Coppel"}}, ["payer"]),
        ({"terms": {**ticket()["terms"], "country": "GT"}}, ["country"]),
    ],
)
def test_a_link_for_anything_else_is_noticed(changes: dict[str, Any], unlike: list[str]) -> None:
    """One wrong value is enough, and it is named."""
    wrong = ticket(**changes)
    assert differences(persona(), wrong) == unlike
    assert not is_reached(persona(), [report(wrong)])


def test_a_corrected_name_must_be_the_corrected_one() -> None:
    """The first spelling counts only while the sender did not correct it."""
    twist = {"when": "after_summary", "say": "es Luz, no Rosa"}
    corrected = persona(recipient="Luz Paz", twists=[twist])
    assert differences(corrected, ticket()) == ["recipient"]
    assert differences(persona(recipient="Roza Paz"), ticket()) == []


def test_two_live_links_or_one_after_giving_up_are_no_goal() -> None:
    """What the sender did not want may not stay open."""
    assert not is_reached(persona(), [report(ticket(), ticket())])
    given_up = persona(goal="give_up")
    assert not is_reached(given_up, [report(ticket())])
    assert is_reached(given_up, [report(ticket(status="cancelled"))])


def test_what_the_sandbox_lacks_is_a_coverage_answer() -> None:
    """An unserved country is reached by saying so, never by a link."""
    peru = persona(country="PE", payer="BCP", method="bank")
    said = "Por ahora no tenemos envíos a Perú. Puedes enviar a México y Guatemala."
    assert not is_possible(peru)
    assert is_reached(peru, [report(replies=(text(said),))])
    assert not is_reached(peru, [report(replies=(text("¿Cuánto quieres enviar?"),))])
    assert not is_reached(peru, [report(ticket(), replies=(text(said),))])
    assert payee(persona(payer="Walmart")) == ""


def test_rows_count_by_language() -> None:
    """Shares, wrong statements and the median of turns to a transfer."""
    played = [
        Played(persona=persona(), reached=True, turns=6),
        Played(persona=persona(), reached=False, wrong=["x"]),
        Played(persona=persona(lang="en"), reached=True, turns=8),
    ]
    es, en, both = rows_of(played)
    assert (es.share, es.wrong, en.share, both.turns) == (0.5, 1, 1.0, 7)


def test_the_files_are_personas(tmp_path: Path) -> None:
    """Every line of the stored sets is valid; a broken file is named."""
    for path in sorted(DATA.glob("*.jsonl")):
        assert len({one.id for one in load_personas(path)}) >= 10
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"broken\.jsonl"):
        load_personas(broken)


def test_a_report_without_a_reply_is_judged() -> None:
    """Silence reaches no goal but that of giving up."""
    silent = replace(report(), replies=())
    assert not is_reached(persona(goal="quote"), [silent])
