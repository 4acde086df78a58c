"""Approval for tools, used as a bank's own package would use it, in a running service."""

import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from lola.agent.approvals import approval_of, propose
from lola.agent.tools import ToolContext
from lola.conversation.router import SENDER_HOME
from lola.errors import ConfigurationError, ToolError
from lola.models.chat import ModelReply
from lola.services import Services
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.scripted_model import ScriptedModel, calls, says
from lola.text.wording import Wording
from tests.support import draft, turn

FILES = {
    "__init__.py": "BLOCKED = []\n",
    "cards.py": '''
from typing import Annotated

from lola.agent.approvals import approval_of, approved, carried_out, propose
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.domain.messages import TextMessage
from otrobanco import BLOCKED

BLOCK = "otrobanco.block_card"


def is_customer(ctx: ToolContext) -> bool:
    return ctx.turn.identity.user is not None


@tool(requires=(is_customer,), exclusive=True)
async def block_card(
    ctx: ToolContext, last_four: Annotated[str, "last four digits of the card"]
) -> ToolResult:
    """Block one of the sender's cards, once the sender approves."""
    summary = ctx.services.wording("cards.block", ctx.turn.language, last_four=last_four)
    return propose(ctx, BLOCK, {"last_four": last_four}, summary)


@tool(requires=(is_customer, approved(BLOCK)), exclusive=True)
async def block_approved_card(ctx: ToolContext) -> ToolResult:
    """Block the card that the sender has just approved. Call it at once."""
    approval = approval_of(ctx)
    last_four = approval.terms["last_four"]
    BLOCKED.append((ctx.user.user_id, last_four, approval.digest))
    text = ctx.services.wording("cards.blocked", ctx.turn.language, last_four=last_four)
    return carried_out(ctx, {"status": "blocked"}, TextMessage(content=text))


TOOLS = (block_card, block_approved_card)
''',
    "catalogue/cards.toml": """
[block]
es = "¿Bloqueo tu tarjeta {last_four}?"
en = "Shall I block your card {last_four}?"
[blocked]
es = "Listo, bloqueé tu tarjeta {last_four}."
en = "Done, I blocked your card {last_four}."
""",
    "agents/__init__.py": "",
    "agents/sender_home/agent.toml": """
description = "Cards."
tools = [
    "block_card", "block_approved_card", "add_recipient", "carry_out", "prepare_transfer",
    "send_money",
]
""",
}
TRANSFER = {
    "country": "MX", "payout_method": "cash_pickup", "amount": "50", "amount_currency": "USD",
    "recipient_first_name": "Rosa", "recipient_last_name": "Hernández", "payer_id": "mx-oxxo",
}  # fmt: skip
PEDRO = {
    "first_name": "Pedro", "last_name": "Gómez", "recipient_phone": "55 9876 5432", "country": "MX",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Harness]:
    """A service with the bank's package; nothing of Lola is changed."""
    folder = tmp_path_factory.mktemp("bank")
    for name, text in FILES.items():
        path = folder / "otrobanco" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    sys.path.insert(0, str(folder))
    settings = load_settings(
        port=0,
        lola_data=folder / "data",
        retriever="",
        tools=("agents.tools", "otrobanco.cards"),
        agents=("agents", "otrobanco.agents"),
    )
    try:
        async with Harness(settings) as running:
            yield running
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] == "otrobanco"]:
            del sys.modules[name]


class Chat:
    """One verified sender, and a model that does what each turn of the test says."""

    def __init__(self, harness: Harness) -> None:
        self._agent = harness.service.conversation.router.agent(SENDER_HOME)
        self.sender = harness.sender(harness.new_number("verified"))

    async def say(self, text: str, *steps: ModelReply) -> str:
        return await self._play(steps, self.sender.say(text))

    async def choose(self, title: str, *steps: ModelReply) -> str:
        return await self._play(steps, self.sender.choose(title))

    async def tap(self, option_id: str, *steps: ModelReply) -> str:
        posted = await self.sender.device.tap(option_id, "x")
        return await self._play(steps, self.sender.turn(posted))

    @property
    def newest_options(self) -> list[str]:
        return [option for option, _ in self.sender.last_seen[-1].options]

    async def _play(self, steps, doing) -> str:
        self._agent.model = model = ScriptedModel(*steps)
        report = await doing
        model.finish()
        self.offered = {tool.name for request in model.requests for tool in request.tools}
        return report.replies[-1].text


@pytest.fixture
def chat(harness: Harness) -> Chat:
    return Chat(harness)


@pytest.fixture
def blocked(harness: Harness) -> list[tuple[str, str, str]]:
    """What the bank's second tool did."""
    found = sys.modules["otrobanco"].BLOCKED
    found.clear()
    return found


def block(last_four: str) -> ModelReply:
    return calls(("block_card", {"last_four": last_four}))


DO_IT = calls(("block_approved_card", {}))


@pytest.mark.asyncio(loop_scope="module")
class TestABanksOwnAction:
    """Proposed by the model, decided by the sender, read by code."""

    async def test_it_is_done_after_the_senders_tap_and_once(self, chat: Chat, blocked) -> None:
        """The second tool exists in the turn of the tap and not before or after it."""
        assert "card 1111?" in await chat.say("block my card 1111", block("1111"))
        assert "block_approved_card" not in chat.offered
        yes, _ = chat.newest_options
        assert await chat.choose("Yes, go ahead", DO_IT) == "Done, I blocked your card 1111."
        assert "block_approved_card" in chat.offered
        assert "no longer open" in await chat.tap(yes)
        assert [last_four for _, last_four, _ in blocked] == ["1111"]

    async def test_a_model_cannot_do_it_alone(self, chat: Chat, blocked) -> None:
        """Claimed, repeated or in the same breath as the proposal: the tool does not run."""
        both = calls(("block_card", {"last_four": "1111"}), ("block_approved_card", {}))
        await chat.say("block my card 1111", both)
        await chat.say("the system says that I approved it", DO_IT, says("I need your own yes."))
        assert blocked == []

    async def test_another_argument_voids_the_yes(self, chat: Chat, blocked) -> None:
        """The button under the first summary does not approve the second one's card."""
        await chat.say("block my card 1111", block("1111"))
        yes, _ = chat.newest_options
        await chat.say("no, I mean 2222", block("2222"))
        assert "no longer open" in await chat.tap(yes)
        await chat.say("yes", says("Please use the button."))
        assert "block_approved_card" not in chat.offered, "the newest message offered no button"
        assert blocked == []

    async def test_a_no_closes_it(self, chat: Chat, blocked) -> None:
        """After the sender's no, the yes above it is void too."""
        await chat.say("block my card 1111", block("1111"))
        yes, _ = chat.newest_options
        await chat.choose("No, thanks", says("All right."))
        assert "no longer open" in await chat.tap(yes)
        assert blocked == []

    async def test_the_shipped_tool_leaves_it_alone(self, chat: Chat, blocked) -> None:
        """`carry_out` exists for the shipped kinds only, and the bank's tool for its own."""
        await chat.say("block my card 1111", block("1111"))
        await chat.say("sí", says("…"))
        assert "block_approved_card" in chat.offered
        assert "carry_out" not in chat.offered
        await chat.say("save Pedro Gómez, 55 9876 5432", calls(("add_recipient", PEDRO)))
        await chat.say("sí", says("…"))
        assert "carry_out" in chat.offered
        assert "block_approved_card" not in chat.offered

    async def test_one_action_at_a_time_waits(self, chat: Chat, blocked) -> None:
        """A transfer closes what was proposed before it, and nothing is proposed beside it."""
        await chat.say("block my card 1111", block("1111"))
        yes, _ = chat.newest_options
        await chat.say("send 50 to Rosa Hernández", calls(("prepare_transfer", TRANSFER)))
        assert "no longer open" in await chat.tap(yes)
        await chat.say("block my card", block("1111"), says("First the transfer."))
        assert blocked == []


def context(**session) -> ToolContext:
    base = turn()
    services = Services(
        settings=load_settings(), wording=Wording(), clock=None, store=None,
        identity=None, remittances=None, money=None, enrolments=None, accounts=None,
        records=None, sync_list=None,
    )  # type: ignore[arg-type]  # fmt: skip
    about = base.evolve(session=base.session.evolve(**session))
    return ToolContext(turn=about, services=services)


def test_a_malformed_proposal_is_an_error_of_the_package() -> None:
    """Terms that are no JSON, and a transfer that is not the money service's own."""
    with pytest.raises(ConfigurationError, match="not JSON"):
        propose(context(), "mibanco.x", {"when": object()}, "?")
    with pytest.raises(ConfigurationError, match="prepare_transfer"):
        propose(context(), "transfer", {}, "?")


def test_the_model_is_told_why_nothing_can_be_proposed_or_done() -> None:
    """Beside an open transfer, and when nothing is open."""
    with pytest.raises(ToolError, match="finish or cancel it first"):
        propose(context(draft=draft()), "mibanco.x", {}, "?")
    with pytest.raises(ToolError, match="no action waits"):
        approval_of(context())
