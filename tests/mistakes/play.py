"""Plays whole conversations with a mistaken model over a vendor's wire, and judges each turn.

The simulated sender reads what is put before them: a summary that is not what they want is
cancelled, and everything is said again. Every rule here is judged without the service's guards,
apart from `lola.testing.fact_checks`, which shares their reader of figures.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lola.errors import LolaError
from lola.settings import load_settings
from lola.testing.bench.loopback_servers import Loopback
from lola.testing.fact_checks import FactChecker
from lola.testing.harness import Harness
from lola.testing.runner import is_ticket
from lola.testing.scenarios import Scenario, load_scenarios
from lola.testing.simulated_sender import SimulatedSender, TurnReport
from lola.text.folding import fold
from tests.mistakes.checks import AGREES, Violation, judge_partner, judge_turn, wants
from tests.mistakes.mistakes import MISTAKES
from tests.mistakes.model import Memory, MistakenModel
from tests.mistakes.wires import WIRES

SCENARIOS = Path(__file__).parents[1] / "scenarios" / "conversations"
TOGETHER = 4
MOST_TURNS = 20
ALWAYS = 1_000
AFTERWARDS = {"es": ("gracias", "¿ya se mandó el dinero?"), "en": ("thanks", "was the money sent?")}
NO = {"es": "Cancelar", "en": "Cancel"}


@dataclass(slots=True, kw_only=True)
class Conversation:
    """How one conversation went. `refused` are summaries that the sender did not want."""

    mistake: str
    wire: str
    scenario: Scenario
    made: int = 0
    refused: int = 0
    reached: bool = False
    tickets: frozenset[str] = frozenset()
    violations: list[Violation] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def transfers(*names: str) -> list[Scenario]:
    """Return scenarios that end in a transfer; all, or those with these names."""
    found = [
        scenario
        for path in sorted(SCENARIOS.glob("*.yaml"))
        for scenario in load_scenarios(path)
        if scenario.reach is not None and scenario.reach.transfer is not None
        if all(step.say or step.choose for step in scenario.steps)
    ]
    return [one for one in found if not names or one.name in names]


async def play(
    wire: str,
    mistakes: Sequence[str],
    scenarios: Sequence[Scenario],
    *,
    times: int,
    broken: Callable[[Harness], None] | None = None,
) -> list[Conversation]:
    """Play all scenarios with each mistake over one wire, one service for all.

    `broken` may take one of its guards away.
    """
    played: list[Conversation] = []
    served = WIRES[wire](MistakenModel(MISTAKES[mistakes[0]], times=times))
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="lm-"))
        server = await stack.enter_async_context(Loopback(served.handle))
        given: dict[str, Any] = {**served.settings, served.address: server.url}
        settings = load_settings(port=0, lola_data=Path(folder), retriever="", **given)
        harness = await stack.enter_async_context(Harness(settings))
        if broken is not None:
            broken(harness)
        gate = asyncio.Semaphore(TOGETHER)

        async def one(conversation: Conversation, model: MistakenModel) -> None:
            async with gate:
                memory = model.memory(first_words(conversation.scenario))
                await _Play(harness, conversation, memory).run()

        for name in mistakes:
            served.model = model = MistakenModel(MISTAKES[name], times=times)
            new = [Conversation(mistake=name, wire=wire, scenario=item) for item in scenarios]
            await asyncio.gather(*(one(conversation, model) for conversation in new))
            played += new
        await judge_partner(harness, played)
    return played


def first_words(scenario: Scenario) -> str:
    """Return what the sender writes first."""
    return scenario.steps[0].say or ""


class _Play:
    def __init__(self, harness: Harness, conversation: Conversation, memory: Memory) -> None:
        scenario = conversation.scenario
        self._conversation = conversation
        self._memory = memory
        self._harness = harness
        kind = scenario.sender.kind
        self._sender: SimulatedSender = harness.sender(
            scenario.sender.phone or harness.new_number(kind), name=scenario.sender.name
        )
        self._facts = FactChecker(harness.service)
        self._turns: list[TurnReport] = []

    async def run(self) -> None:
        """Say what the scenario says, again when a wrong summary was refused; then two words."""
        conversation = self._conversation
        steps = conversation.scenario.steps
        try:
            for _ in range(3):
                done = [await self._step(step.say or "", step.choose or "") for step in steps]
                if "wrong" not in done and "full" not in done:
                    break
            for text in AFTERWARDS[self._language]:
                await self._say(text)
        except LolaError as error:
            self._broke("silence", str(error))
        conversation.made = self._memory.made
        conversation.tickets = _tickets(self._turns)

    @property
    def _language(self) -> str:
        return self._turns[-1].language if self._turns else "es"

    async def _step(self, say: str, choose: str) -> str:
        """Do one step; `wrong` when the open summary is not what the sender wants."""
        if len(self._turns) >= MOST_TURNS:
            return "full"
        state = self._turns[-1].state if self._turns else {}
        is_yes = fold(choose or say).rstrip(".!") in AGREES
        if state.get("draft") and is_yes and not wants(self._conversation.scenario, state):
            self._conversation.refused += 1
            await self._tap(NO[self._language])
            return "wrong"
        await (self._tap(choose) if choose else self._say(say))
        return "done"

    async def _tap(self, title: str) -> None:
        try:
            report = await self._sender.choose(title)
        except LolaError as error:
            if "was offered" not in str(error):
                raise
            await self._say(title)
            return
        await self._note(title, report)

    async def _say(self, text: str) -> None:
        await self._note(text, await self._sender.say(text))

    async def _note(self, text: str, report: TurnReport) -> None:
        conversation = self._conversation
        conversation.lines.append(f"> {text}")
        conversation.lines += [f"  {reply.text}" for reply in report.replies]
        facts = await self._facts.check(report)
        for found in judge_turn(text, report, self._turns, facts, self._memory.forbidden):
            self._broke(found.rule, found.what)
        self._turns.append(report)
        transfer = conversation.scenario.reach and conversation.scenario.reach.transfer
        if transfer is not None and is_ticket(transfer, report):
            conversation.reached = True

    def _broke(self, rule: str, what: str) -> None:
        self._conversation.violations.append(Violation(rule=rule, what=what))


def _tickets(turns: Sequence[TurnReport]) -> frozenset[str]:
    return frozenset(ticket["id"] for turn in turns for ticket in turn.state.get("tickets", ()))
