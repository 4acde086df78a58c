"""Runs a scenario on a running service: does each step, compares the result, watches the goal.

Scenarios can run one after another on one service; each has a sender of its own. Every turn is
checked for wrong statements (`lola.testing.fact_checks`).
"""

from contextlib import nullcontext, suppress
from time import monotonic

from lola.channel.cost import Bill
from lola.channel.names import ChannelName
from lola.errors import LolaError
from lola.testing import happened
from lola.testing.compare import Difference, compare, text_of
from lola.testing.device import Received
from lola.testing.end_state import Used, compare_end, fits
from lola.testing.fact_checks import FactChecker
from lola.testing.harness import Harness
from lola.testing.model_script import ModelScript
from lola.testing.scenario_result import ScenarioResult
from lola.testing.scenario_steps import Ending, Reach, SenderSpec, Step, TransferSpec
from lola.testing.scenarios import Scenario
from lola.testing.simulated_channel import SimulatedChannel
from lola.testing.simulated_sender import SimulatedSender, TurnReport
from lola.testing.step_acting import Observer, StepActing
from lola.testing.waiting import until
from lola.text.folding import unaccented

COUNTED_SECONDS = 2.0


async def run_scenario(
    harness: Harness,
    scenario: Scenario,
    *,
    channel: ChannelName | None = None,
    way: SimulatedChannel | None = None,
    observer: Observer = lambda *_: None,
) -> ScenarioResult:
    """Run a scenario to its end or to its first failure.

    `way` is another way to write on a channel (`lola.testing.rcs.RCS`).
    """
    started = monotonic()
    name = way.name if way else channel or scenario.channel
    run = _ScenarioRun(harness, scenario, name, observer, way)
    await run.begin()
    for number, step in enumerate(scenario.steps):
        try:
            differences = await run.step(step)
        except LolaError as error:
            differences = [Difference(expected="a turn", got=str(error))]
        run.result.failures.extend(
            f"{scenario.place('steps', number, *one.loc)}step {number + 1}: {one}"
            for one in differences
        )
        if differences:
            # What follows was written for the conversation that did not happen.
            run.result.not_run = len(scenario.steps) - number - 1
            break
    await run.finish()
    run.result.seconds = monotonic() - started
    return run.result


class _ScenarioRun:
    def __init__(
        self,
        harness: Harness,
        scenario: Scenario,
        channel: ChannelName,
        observer: Observer,
        way: SimulatedChannel | None,
    ) -> None:
        self.result = ScenarioResult(scenario=scenario, channel=channel)
        self._harness = harness
        self._observer = observer
        self._sender: SimulatedSender = harness.sender(
            _number(harness, scenario.sender), channel=channel, name=scenario.sender.name, way=way
        )
        self._acting = StepActing(harness, self._sender, self._observe)
        self._facts = FactChecker(harness.service)
        self._tools: set[str] = set()
        self._said = ""
        self._links = 0
        self._happened = 0
        expected = [step.expect for step in scenario.steps]
        self._looks_at_events = any(one.events or one.no_events for one in expected)
        self._begun = _Begun(harness, channel)

    async def begin(self) -> None:
        """Prove the sender's number on a channel that does not tell it."""
        await self._sender.catch_up()
        self._happened = len(await self._events())
        self._begun.events = self._happened
        report = await self._sender.prove()
        if report is not None:
            self._observe("sender", "(own number)", None)
            self._show(report)

    async def step(self, step: Step) -> list[Difference]:
        """Do one step and return how its turn differs from what was expected."""
        if step.fault is not None:
            await self._harness.fault(**step.fault.model_dump())
            return []
        calls = self._harness.model_calls()
        script = ModelScript(step.model, draft_id=await self._draft_id()) if step.model else None
        with self._harness.model(script) if script else nullcontext():
            report = await self._acting.act(step)
        if report is None:
            return [Difference(loc=("widget",), expected="a link to act on", got="none")]
        self._show(report)
        await self._note(report, self._harness.model_calls() - calls, step)
        is_checked = step.expects or (step.wait is None and step.staff is None)
        return [
            *(script.differences() if script else ()),
            *(compare(step.expect, report) if is_checked else ()),
            *await self._event_differences(step),
        ]

    async def finish(self) -> None:
        """Add up the cost, look at the end of the world, and decide about the goal."""
        result = self.result
        result.billed = await self._billed()
        end, reach = result.scenario.end, result.scenario.reach
        if end != Ending() and not result.failures:
            result.failures += [
                f"{result.scenario.place(*one.loc)}end: {one}" for one in await self._at_end(end)
            ]
        if reach is None:
            return
        forbidden = [text for text in reach.never_says if unaccented(text) in self._said]
        if forbidden or (reach.no_link and self._links):
            result.reached_in = 0

    async def _at_end(self, end: Ending) -> list[Difference]:
        harness, begun = self._harness, self._begun
        stored = await harness.service.store.read(self._sender.conversation, limit=1)
        operations = [
            one
            for one in harness.sandbox.m2m.operations.list.all()
            if one.operation_id not in begun.operations
        ]
        return compare_end(
            end,
            tickets=(stored.state or {}).get("tickets", []),
            operations=sorted(operations, key=lambda one: one.created_at),
            events=(await self._events())[begun.events :],
            used=Used(
                messages=sum(line.who == "lola" for line in self.result.lines),
                turns=self.result.turns,
                model_calls=harness.model_calls() - begun.model_calls,
                cost=self.result.billed.cost + harness.model_cost() - begun.model_cost,
            ),
        )

    async def _events(self) -> tuple[str, ...]:
        return await happened.events_of(self._harness.service, self._sender.conversation)

    async def _event_differences(self, step: Step) -> list[Difference]:
        """Compare what happened since the step before with the step's events."""
        if not self._looks_at_events:
            return []
        expect, events = step.expect, await self._events()
        new, self._happened = events[self._happened :], len(events)
        return list(happened.differences(expect.events, expect.no_events, new, "expect"))

    async def _draft_id(self) -> str:
        stored = await self._harness.service.store.read(self._sender.conversation, limit=1)
        return str(((stored.state or {}).get("draft") or {}).get("id", ""))

    async def _billed(self) -> Bill:
        """Return what was billed since the beginning; the last message is counted once sent."""
        harness, channel = self._harness, self.result.channel
        sent = len(self._sender.last_seen) if harness.bills(channel) else 0

        async def counted() -> bool:
            return (harness.billed(channel) - self._begun.billed).messages >= sent

        with suppress(TimeoutError):
            await until(counted, seconds=COUNTED_SECONDS)
        return harness.billed(channel) - self._begun.billed

    def _observe(self, who: str, text: str, received: Received | None) -> None:
        self.result.note(who, text, received)
        self._observer(who, text, received)

    def _show(self, report: TurnReport) -> None:
        for reply in report.replies:
            self._observe("lola", reply.text, reply)
            self._links += len(reply.links)
            if reply.links:
                self._acting.link = reply.links[0][1]

    async def _note(self, report: TurnReport, calls: int, step: Step) -> None:
        result = self.result
        if step.widget is None and step.wait is None and step.staff is None:
            result.turns += len(step.many or ("",))
            (result.tool_calls if report.tools else result.plain_calls).append(calls)
        self._tools.update(report.tools)
        self._said += "\n" + text_of(report)
        result.wrong.extend(await self._facts.check(report))
        reach = result.scenario.reach
        if reach is not None and not result.reached_in and self._is_reached(reach, report):
            result.reached_in = max(1, result.turns)

    def _is_reached(self, reach: Reach, report: TurnReport) -> bool:
        said = text_of(report)
        return (
            all(any(word in said for word in unaccented(text).split("|")) for text in reach.says)
            and set(reach.tools) <= self._tools
            and reach.route in {None, report.route}
            and reach.language in {None, report.language}
            and (reach.transfer is None or is_ticket(reach.transfer, report))
        )


class _Begun:
    """What the service had counted, and the partner had done, before the scenario."""

    def __init__(self, harness: Harness, channel: ChannelName) -> None:
        self.billed = harness.billed(channel)
        self.model_calls = harness.model_calls()
        self.model_cost = harness.model_cost()
        operations = harness.sandbox.m2m.operations.list.all()
        self.operations = {one.operation_id for one in operations}
        self.events = 0


def _number(harness: Harness, sender: SenderSpec) -> str:
    return sender.phone or harness.new_number(sender.kind)


def is_ticket(wanted: TransferSpec, report: TurnReport) -> bool:
    """Return whether this turn made the secure link of exactly that transfer."""
    tickets = report.state.get("tickets", [])
    is_linked = any(reply.links for reply in report.replies)
    return bool(tickets) and is_linked and fits(wanted, tickets[-1])
