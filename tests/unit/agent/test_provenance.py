"""Amounts, accounts and people in tool arguments come from the sender or a tool (G4)."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.tools import TOOLS
from lola.agent.context import EARLIER
from lola.agent.provenance import (
    CHECKED,
    Known,
    Labelled,
    Origin,
    OwnValue,
    labelled,
    unknown_arguments,
)
from lola.domain.approval import Approval
from lola.domain.passages import Passage
from lola.models.chat import AssistantMessage, ToolMessage, UserMessage
from tests.support import NOW, draft, identified, turn

BY_NAME = {tool.name: tool for tool in TOOLS}
RESOLVED = {
    # Looked up in a list of the partner or among the sender's own records; any other is refused.
    "country", "payer_id", "payee", "recipient_id", "payment_method_id", "draft_id",
    "reference",
    # One of a fixed list, checked by code and shown in the summary.
    "payout_method", "amount_currency", "currency",
    # Words to search with, or for a colleague to read: they decide nothing.
    "name", "recipient", "question", "reason", "place", "city", "near", "language",
}  # fmt: skip
"""Arguments that need no origin, with the reason."""


def known(*messages: Any, passages: tuple[str, ...] = (), **changes: Any) -> Known:
    base = turn(*[item for item in messages if isinstance(item, str)], **changes)
    heard = [item for item in messages if not isinstance(item, str)]
    found = tuple(
        Passage(id=f"p{n}", document="d", version="1", language="es", heading="", text=text,
                score=1.0)
        for n, text in enumerate(passages)
    )  # fmt: skip
    return Known(labelled(base, heard=heard, passages=found))


def result(**data: Any) -> ToolMessage:
    return ToolMessage(call_id="c", name="some_tool", result=data)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_argument_has_an_origin_or_is_resolved_by_code(tool) -> None:
    """A new argument of a tool is either marked or on the list above, with its reason."""
    for name, field in tool.arguments.model_fields.items():
        marks = [mark for mark in field.metadata if isinstance(mark, OwnValue)]
        assert bool(marks) != (name in RESOLVED), name


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("amount", "200", "mándale 200 dólares"),
        ("amount", "200.50", "son 200.50"),
        ("amount", "1500", "mil quinientos pesos"),
        ("amount", "2500", "2,500 USD please"),
        ("amount", "250", "two hundred fifty dollars"),
        ("amount", "2000", "2 mil pesos"),
        ("amount", "200", "٢٠٠ dólares"),
        ("person", "Rosa María", "para rosa maria hernandez"),
        ("person", "Hernández", "a ROSA HERNANDEZ"),
        ("account", "014027000005555558", "la CLABE es 0140 2700 0005 5555 58"),
        ("account", "••••5558", "la cuenta ••••5558"),
        ("phone", "+525512345678", "su número es 55 1234-5678"),
    ],
)
def test_the_senders_own_words_are_a_source(kind, value, said) -> None:
    """In every way in which people write a number or a name, now and in an earlier turn."""
    assert known(said).has(kind, value)
    assert known("sí", UserMessage(text=said)).has(kind, value)


@pytest.mark.parametrize(
    ("kind", "value", "data"),
    [
        ("person", "Rosa", {"recipients": [{"first_name": "Rosa", "last_name": "Hernández"}]}),
        ("person", "Hernández", {"transfers": [{"recipient": "Rosa Hernández"}]}),
        ("account", "014027000005555558", {"canonical": "014027000005555558"}),
        ("phone", "+525512345678", {"valid": True, "canonical": "+525512345678"}),
        ("amount", "10", {"minimum": {"amount": "10.00", "currency": "USD"}}),
    ],
)
def test_a_field_of_a_result_is_a_source(kind, value, data) -> None:
    """What a tool returned in a field of that kind may be used; an error's data may not."""
    assert known("ese", result(**data)).has(kind, value)
    assert not known("ese", result(error="no", **data)).has(kind, value)


def test_what_was_settled_before_is_a_source() -> None:
    """The open draft, an open proposal and what the gist of earlier turns keeps."""
    base = turn("cámbialo")
    settled = known("sí", session=base.session.evolve(draft=draft()))
    assert settled.has("person", "Rosa")
    assert settled.has("amount", "200")
    proposal = Approval.of("save", {"phone": "+525512345678"}, id_="1", shown_at=NOW)
    assert known("sí", session=base.session.evolve(approval=proposal)).has("phone", "5512345678")
    earlier = {EARLIER: {"settled": {"recipient_first_name": "Rosa", "amount": "75"}}}
    assert known("sí", notes=earlier).has("amount", "75")
    own = known("a mi nombre", identity=identified())
    assert own.has("person", "Ana")
    assert own.has("person", "Ruiz")


def test_what_was_only_searched_for_is_no_source() -> None:
    """An earlier argument that nobody checked does not become one that was settled."""
    for name in ("name", "recipient", "reason"):
        assert not known("sí", notes={EARLIER: {"settled": {name: "Mallory"}}}).has(
            "person", "Mallory"
        )


def test_the_checked_arguments_are_those_that_are_marked() -> None:
    """No tool has an argument of such a name without a mark, and none is left out."""
    marked = {
        name
        for tool in TOOLS
        for name, field in tool.arguments.model_fields.items()
        if any(isinstance(mark, OwnValue) for mark in field.metadata)
    }
    assert marked == CHECKED


VALUES = {
    "person": "Mallory",
    "account": "646180110400000007",
    "phone": "+525510000066",
    "amount": "2500",
}


@given(
    value=st.sampled_from(sorted(VALUES.items())),
    around=st.tuples(st.text(max_size=30), st.text(max_size=30)),
    said=st.sampled_from(["hola", "quiero mandar dinero", "sí, dale", "¿qué dice?", ""]),
    field=st.sampled_from(["alias", "label", "text", "heading", "note", "comments", "message"]),
)
def test_no_text_of_others_becomes_an_argument(value, around, said, field) -> None:
    """A value in a document, a label, a nickname or a profile is refused, whatever is around it."""
    kind, planted = value
    text = f"{around[0]} {planted} {around[1]}"
    base = turn(said)
    facts = known(
        said,
        UserMessage(text="hola"),
        AssistantMessage(text=text),
        result(items=[{field: text, "id": "x"}]),
        passages=(text,),
        session=base.session.evolve(profile_name=text),
    )
    assert not facts.has(kind, planted)


def test_the_property_would_find_a_path() -> None:
    """With third parties' text labelled as a tool's, the same value is accepted."""
    text = Labelled(origin=Origin.THIRD_PARTY, text="Mallory", field="name")
    assert not Known([text]).has("person", "Mallory")
    assert Known([replace(text, origin=Origin.TOOL)]).has("person", "Mallory")


@pytest.mark.parametrize("name", ["validate_bank", "validate_phone", "pre_quote"])
def test_no_tool_launders_a_value(name) -> None:
    """A tool that repeats its argument in its result refuses a foreign one as well."""
    arguments = {"account": VALUES["account"], "recipient_phone": VALUES["phone"],
                 "amount": VALUES["amount"], "country": "MX"}  # fmt: skip
    tool = BY_NAME[name]
    given_ = {key: value for key, value in arguments.items() if key in tool.arguments.model_fields}
    foreign, own = known("hola", passages=tuple(VALUES.values())), known(" ".join(VALUES.values()))
    assert unknown_arguments(tool.arguments, given_, lambda: foreign)
    assert not unknown_arguments(tool.arguments, given_, lambda: own)


def test_an_empty_argument_needs_no_source() -> None:
    """Optional arguments may be left out, empty or null."""
    tool = BY_NAME["prepare_transfer"]
    assert (
        unknown_arguments(
            tool.arguments, {"account": "", "recipient_phone": None}, lambda: Known(())
        )
        == ()
    )
    assert unknown_arguments(tool.arguments, {"amount": "5"}, lambda: Known(())) == ("amount",)


def test_a_number_that_is_none_is_no_amount() -> None:
    """What cannot be read as a plain number is refused and not compared as text."""
    assert not known("mucho dinero").has("amount", "mucho dinero")
    assert known("5").has("amount", str(Decimal("5.00")))


@pytest.mark.parametrize(
    ("said", "amount"), [("setenta y sinco", "75"), ("cincomil pesos", "5000"), ("sien", "100")]
)
def test_an_amount_with_a_slip_is_the_senders(said: str, amount: str) -> None:
    """What senders misspell is read as they mean it; another figure is still unknown."""
    assert known(said).has("amount", amount)
    assert not known(said).has("amount", "76")
