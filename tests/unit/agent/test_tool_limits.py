"""Money tools are limited per sender, by hour and day (`lola.agent.tool_calls`)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from agents.tools import TOOLS
from lola.agent.provenance import Known
from lola.agent.tool_calls import ToolRunner
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.errors import ForeignReferenceError
from lola.models.chat import ToolCall
from lola.services import Services
from lola.settings import load_settings
from lola.state import Keys, Rates
from lola.text.wording import Wording
from tests.support import ManualClock, turn

QUOTING = {"pre_quote", "compare_payout_methods", "prepare_transfer"}


@tool(limit="quotes")
async def price(ctx: ToolContext) -> ToolResult:
    """Price something."""
    return ToolResult(data={"price": "1"})


@tool(exclusive=True, limit="links")
async def link(ctx: ToolContext) -> ToolResult:
    """Make a link."""
    return ToolResult(data={"link": "made"})


@tool()
async def look(ctx: ToolContext, person_id: str) -> ToolResult:
    """Look a person up."""
    raise ForeignReferenceError("there is no such person")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def make(connections, clock):
    keys = Keys(f"t{uuid4().hex[:12]}")

    def made(*, rates: bool = True, **settings) -> ToolRunner:
        services = Services(
            settings=load_settings(**settings), wording=Wording(), clock=clock, store=None,
            identity=None, remittances=None, money=None, enrolments=None, records=None,
            accounts=None, sync_list=None, rates=Rates(connections, keys, clock) if rates else None,
        )  # type: ignore[arg-type]  # fmt: skip
        return ToolRunner((price, link, look), services, limit=6, known=lambda _: Known(()))

    return made


async def call(runner: ToolRunner, name: str, *, phone: str = "+15550104477", **arguments):
    return await runner.run((ToolCall(id="1", name=name, arguments=arguments),), turn(phone=phone))


async def test_over_the_hourly_limit_the_sender_is_told_and_nothing_runs(make, clock) -> None:
    """The sentence is written by code and ends the turn; later it works again."""
    limits = {"quotes_per_hour": 2, "quotes_per_day": 10}
    for _ in range(2):
        assert (await call(make(**limits), "price")).messages[0].result == {"price": "1"}
    over = await call(make(**limits), "price")
    assert "todas las cotizaciones" in over.ended.say[0].content
    assert over.traces[0].ok is False
    assert (await call(make(**limits), "price", phone="+15550104478")).ended is None
    clock.now += timedelta(minutes=30)
    assert (await call(make(**limits), "price")).ended is None


async def test_the_daily_limit_holds_when_hours_pass(make, clock) -> None:
    """Three links a day are three, whatever the hour."""
    limits = {"links_per_hour": 2, "links_per_day": 3}
    done = []
    for _ in range(5):
        done.append((await call(make(**limits), "link")).ended is None)
        clock.now += timedelta(hours=1)
    assert done == [True, True, True, False, False]


async def test_without_limits_or_a_store_tools_run(make) -> None:
    """0 is no limit, and a bank's own test needs no Redis."""
    for _ in range(5):
        assert (await call(make(quotes_per_hour=0, quotes_per_day=0), "price")).ended is None
    assert (await call(make(rates=False, quotes_per_hour=1), "price")).ended is None


async def test_another_ones_id_is_noted_in_the_trace(make) -> None:
    """It is counted as a probe, and looks like an id that does not exist (docs/safety.md G2)."""
    result = await call(make(), "look", person_id="x")
    assert result.messages[0].result == {"error": "there is no such person", "code": "NOT_FOUND"}
    assert result.traces[0].is_foreign


def test_every_tool_that_quotes_or_links_has_its_limit() -> None:
    """A money tool that is added later must say what it counts for."""
    by_limit = {
        limit: {one.name for one in TOOLS if one.limit == limit} for limit in ("quotes", "links")
    }
    assert by_limit == {"quotes": QUOTING, "links": {"send_money"}}
