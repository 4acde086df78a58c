"""Generated senders: the same seed gives the same people, and a temper keeps the goal."""

import random
from math import lcm
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from lola.money.reference import sender_reference
from lola.sandbox.payhub.sample_data import COUNTRIES
from lola.testing.personas.generating import PEOPLE, generated
from lola.testing.personas.partner_records import PartnerRecords
from lola.testing.personas.persona import Persona
from lola.testing.personas.tempers import TEMPERS, tempered
from lola.testing.personas.world import is_possible

KEY = "k" * 40
ALL = lcm(len(TEMPERS), len(PEOPLE["varieties"]))


def test_the_same_seed_gives_the_same_people() -> None:
    """Another seed gives others, and fewer of them are the first of more."""
    assert generated(30, 7) == generated(30, 7)
    assert generated(30, 7) != generated(30, 8)
    assert generated(30, 7)[:5] == generated(5, 7)


def test_every_temper_is_played_in_every_variety() -> None:
    """There are at least sixty people, of seven varieties of Spanish and two of English."""
    people = generated(ALL, 1)
    assert len(people) >= 60
    assert len({(one.temper, one.variety) for one in people}) == ALL
    assert {one.lang for one in people} == {"es", "en"}
    assert {one.goal for one in people} == {"link", "quote", "give_up", "person"}


def test_what_is_wanted_can_be_had() -> None:
    """The sandbox has the country, the payer and the bank of every transfer."""
    transfers = [one for one in generated(ALL, 3) if one.country]
    assert all(map(is_possible, transfers))
    assert {one.country for one in transfers} == set(COUNTRIES)


def sender(**changes: Any) -> Persona:
    plain = next(
        one
        for one in generated(ALL, 2)
        if (one.goal, one.lang, one.method) == ("link", "es", "bank")
    )
    return plain.model_copy(update={"temper": "plain", "twists": (), **changes})


@pytest.mark.parametrize("temper", TEMPERS)
def test_a_temper_changes_words_and_never_the_facts(temper) -> None:
    """Names and account numbers are said as they are; a changed mind changes the amount it says."""
    before = sender()
    after = tempered(before, temper, PEOPLE["es"], random.Random(4))  # noqa: S311
    kept = {"country", "method", "payer", "recipient", "account", "goal", "currency"}
    assert {name: getattr(after, name) for name in kept} == {
        name: getattr(before, name) for name in kept
    }
    for name in ("recipient", "payer", "account"):
        assert getattr(after.answers, name) == getattr(before.answers, name)
    assert (after.amount != before.amount) is (temper == "change of mind")
    if temper == "change of mind":
        assert str(after.amount) in after.twists[-1].say
    speaks_alike = temper in {"plain", "bursts", "silence"}
    words = {"opening", "answers", "twists"}
    is_same = all(getattr(after, name) == getattr(before, name) for name in words)
    assert is_same is speaks_alike


def link(name: str, phone: str = "+15550200001", purpose: str = "") -> Any:
    reference = sender_reference(phone, KEY)
    return SimpleNamespace(link_id=name, purpose=purpose, reference_id=reference)


def test_a_link_that_no_ticket_has_is_found() -> None:
    """Seen in the partner's records, whatever the service says of itself; others' links are not."""
    links = [link("mine"), link("card", purpose="add_card"), link("other", "+15550200002")]
    platform = SimpleNamespace(links=SimpleNamespace(list=SimpleNamespace(all=lambda: links)))
    settings = SimpleNamespace(sender_reference_key=SecretStr(KEY))
    harness: Any = SimpleNamespace(
        sandbox=SimpleNamespace(m2m=platform), service=SimpleNamespace(settings=settings)
    )
    records = PartnerRecords(harness, "+15550200001")
    report: Any = SimpleNamespace(state={"tickets": [{"link_id": "mine"}]})
    assert records.links_without_ticket(report) == []
    links.append(link("rogue"))
    (found,) = records.links_without_ticket(report)
    assert "without the sender's confirmation" in found
