"""Tool declaration: schema from hints, subject from code, preconditions that hide."""

from decimal import Decimal
from typing import Annotated, Literal

import pytest

from lola.agent.money_arguments import MONEY_PATTERN
from lola.agent.tools import (
    FORBIDDEN_ARGUMENTS,
    Toolbox,
    ToolContext,
    ToolResult,
    load_tools,
    tool,
)
from lola.errors import ConfigurationError, ToolError
from tests.support import turn


@tool()
async def price(
    ctx: ToolContext,
    amount: Annotated[Decimal, "how much"],
    method: Literal["cash", "bank"] = "cash",
) -> ToolResult:
    """Price something."""
    return ToolResult(data={"amount": str(amount), "method": method})


@tool()
async def split(
    ctx: ToolContext,
    amount: Annotated[Decimal, "how much"],
    parts: list[Decimal],
    least: Annotated[Decimal | None, "at least"] = None,
) -> ToolResult:
    """Split something."""
    return ToolResult(data={"values": [str(value) for value in (amount, least, *parts)]})


def context(**changes) -> ToolContext:
    return ToolContext(turn=turn(**changes), services=None)  # type: ignore[arg-type]


def test_the_schema_comes_from_the_type_hints() -> None:
    """Names, descriptions, choices, defaults and the docstring reach the model."""
    schema = price.schema
    assert schema.description == "Price something."
    assert schema.parameters["required"] == ["amount"]
    assert schema.parameters["properties"]["amount"]["description"] == "how much"
    assert schema.parameters["properties"]["method"]["enum"] == ["cash", "bank"]
    assert schema.parameters["additionalProperties"] is False
    assert "ctx" not in schema.parameters["properties"]


async def test_good_arguments_reach_the_function_typed() -> None:
    """A model's text becomes a Decimal before the tool sees it."""
    result = await price.call(context(), {"amount": "12.50"})
    assert result.data == {"amount": "12.50", "method": "cash"}


def test_money_is_declared_as_a_string_with_a_pattern() -> None:
    """Never as a JSON number, which is a float (reference/surprises.md 1.6 to 1.8)."""
    properties = split.schema.parameters["properties"]
    declared = {"type": "string", "pattern": MONEY_PATTERN}
    assert properties["amount"] == {**declared, "description": "how much"}
    assert properties["least"]["anyOf"] == [declared, {"type": "null"}]
    assert properties["parts"]["items"] == declared


@pytest.mark.parametrize("amount", ["0", "12.50", "12345678901234567.89"])
async def test_money_is_taken_exactly(amount: str) -> None:
    """Every digit that the model wrote reaches the tool."""
    arguments = {"amount": amount, "least": amount, "parts": [amount]}
    assert (await split.call(context(), arguments)).data == {"values": [amount, amount, amount]}


@pytest.mark.parametrize(
    "amount", [12.5, 1e2, 200, True, "1e2", " 10 ", "1_000", "12,50", "-1", "NaN", "٣", "", None]
)
@pytest.mark.parametrize("name", ["amount", "parts"])
async def test_a_float_or_an_odd_number_is_never_taken_for_money(name: str, amount) -> None:
    """Pydantic alone takes a float, an exponent, spaces and underscores for a Decimal."""
    arguments = {"amount": "1", "parts": ["1"]}
    arguments[name] = [amount] if name == "parts" else amount
    with pytest.raises(ToolError, match="a plain decimal number in a string"):
        await split.call(context(), arguments)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"amount": "much"}, {"amount": 1, "method": "gold"}, {"amount": 1, "user_id": "u-2"}],
)
async def test_bad_arguments_are_answered_in_words(arguments) -> None:
    """Missing, malformed, foreign and invented arguments never reach the function."""
    with pytest.raises(ToolError, match="bad arguments for price"):
        await price.call(context(), arguments)


@pytest.mark.parametrize("name", sorted(FORBIDDEN_ARGUMENTS))
def test_a_tool_that_takes_a_subject_cannot_be_declared(name: str) -> None:
    """The subject is injected by code (docs/safety.md G2)."""
    namespace: dict[str, object] = {"ToolContext": ToolContext, "ToolResult": ToolResult}
    source = f'async def t(ctx: ToolContext, {name}: str) -> ToolResult:\n    """D."""\n'
    exec(source, namespace)  # noqa: S102 - the argument's name is the test's parameter
    with pytest.raises(ConfigurationError, match=name):
        tool()(namespace["t"])  # type: ignore[arg-type]


def test_a_tool_whose_precondition_fails_does_not_exist() -> None:
    """Visibility follows the turn (docs/safety.md G3)."""
    gated = tool(requires=(lambda ctx: "gold" in ctx.turn.allowed_actions,))(price.function)
    assert not gated.is_available(context())
    assert gated.is_available(context(allowed_actions=frozenset({"gold"})))


def test_two_tools_cannot_share_a_name() -> None:
    """A second declaration would silently replace a reviewed one."""
    with pytest.raises(ConfigurationError, match="declared twice"):
        Toolbox([price, price])


def test_an_agent_cannot_list_an_undeclared_tool() -> None:
    """A typo in agent.toml stops the start."""
    with pytest.raises(ConfigurationError, match="prise"):
        Toolbox([price]).select(["prise"])


def test_a_package_without_tools_names_the_setting() -> None:
    """A bank's own package must offer TOOLS."""
    with pytest.raises(ConfigurationError, match="TOOLS"):
        load_tools(["lola.money"])
