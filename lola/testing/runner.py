"""Runs a scenario on a running service: does each step, compares the result, watches the goal.

Scenarios can run one after another on one service; each has a sender of its own. Every turn is
checked for wrong statements (`lola.testing.fact_checks`).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from lola.channel.cost import Bill
from lola.channel.names import ChannelName
from lola.errors import LolaError
from lola.testing.compare import Difference, compare, text_of
from lola.testing.device import Received
from lola.testing.fact_checks import FactChecker
from lola.testing.harness import Harness
from lola.testing.scenarios import Expectation, Reach, Scenario, SenderSpec, Step, TransferSpec
from lola.testing.simulated_channel import SimulatedChannel
from lola.testing.simulated_sender import HarnessError, SimulatedSender, TurnReport
from lola.testing.waiting import until
from lola.text.folding import fold, unaccented

COUNTED_SECONDS = 2.0

Observer = Callable[[str, str, Received | None], None]
"""Called for everything that happens: who (`sender`, `lola`, `page`), the text, the message."""


@dataclass(slots=True, kw_only=True)
class ScenarioResult:
    """How a scenario went. It passed when there is no failure and no wrong statement.

    `reached_in` counts the sender's turns to the goal, 0 when it was not reached. `wrong` are
    statements without a source and secure links without a confirmation. `plain_calls` are the
    model calls of each turn without tools, `tool_calls` those of each turn with tools. `billed` is
    what the channel's provider charges for its messages. `not_run` counts the steps after the one
    that failed.
    """

    scenario: Scenario
    channel: ChannelName
    failures: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    link: str = ""
    turns: int = 0
    reached_in: int = 0
    plain_calls: list[int] = field(default_factory=list)
    tool_calls: list[int] = field(default_factory=list)
    billed: Bill = field(default_factory=Bill)
    not_run: int = 0

    @property
    def passed(self) -> bool:
        """Return whether everything was as the file says and no statement was wrong."""
        return not self.failures and not self.wrong


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
        self._facts = FactChecker(harness.service)
        self._tools: set[str] = set()
        self._said = ""
        self._links = 0
        self._before = harness.billed(channel)

    async def begin(self) -> None:
        """Prove the sender's number on a channel that does not tell it."""
        report = await self._sender.prove()
        if report is not None:
            self._observer("sender", "(own number)", None)
            self._show(report)

    async def step(self, step: Step) -> list[Difference]:
        """Do one step and return how its turn differs from what was expected."""
        if step.fault is not None:
            await self._harness.fault(**step.fault.model_dump())
            return []
        calls = self._harness.model_calls()
        report = await self._act(step)
        if report is None:
            return [Difference(loc=("widget",), expected="a link to act on", got="none")]
        self._show(report)
        await self._note(report, self._harness.model_calls() - calls, step)
        return compare(step.expect, report)

    async def finish(self) -> None:
        """Add up the cost; take the goal back when something happened that must not happen."""
        self.result.billed = await self._billed()
        reach = self.result.scenario.reach
        if reach is None:
            return
        forbidden = [text for text in reach.never_says if unaccented(text) in self._said]
        if forbidden or (reach.no_link and self._links):
            self.result.reached_in = 0

    async def _billed(self) -> Bill:
        """Return what was billed since the beginning; the last message is counted once sent."""
        harness, channel = self._harness, self.result.channel
        sent = len(self._sender.last_seen) if harness.bills(channel) else 0

        async def counted() -> bool:
            return (harness.billed(channel) - self._before).messages >= sent

        with suppress(TimeoutError):
            await until(counted, seconds=COUNTED_SECONDS)
        return harness.billed(channel) - self._before

    def _show(self, report: TurnReport) -> None:
        for reply in report.replies:
            self._observer("lola", reply.text, reply)
            self._links += len(reply.links)
            if reply.links:
                self.result.link = reply.links[0][1]

    async def _note(self, report: TurnReport, calls: int, step: Step) -> None:
        result = self.result
        if step.widget is None:
            result.turns += 1
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

    async def _act(self, step: Step) -> TurnReport | None:
        sender = self._sender
        if step.say is not None:
            self._observer("sender", step.say, None)
            return await sender.say(step.say)
        if step.choose is not None:
            self._observer("sender", f"[{step.choose}]", None)
            return await sender.choose(step.choose)
        if step.media is not None:
            self._observer("sender", f"({step.media}) {step.caption}".rstrip(), None)
            return await sender.turn(await sender.device.send_media(step.media, step.caption))
        if step.contact is not None:
            name, phone = step.contact.name, step.contact.phone
            self._observer("sender", f"({name}, {phone})", None)
            return await sender.turn(await sender.device.share_contact(name, phone))
        return await self._act_on_page(step.widget or "open", step.expect)

    async def _act_on_page(self, action: str, expect: Expectation) -> TurnReport | None:
        widget = self._harness.widget
        if not self.result.link:
            return None
        self._observer("page", action, None)
        match action:
            case "open":
                status = await widget.open(self.result.link)
            case "finish":
                status = await widget.finish(self.result.link)
            case _:
                status = await widget.press(self.result.link, action)
        if status >= 400:
            raise LolaError(f"the page answered {status}")
        return await self._events(expect)

    async def _events(self, expect: Expectation) -> TurnReport:
        """Wait until what was expected was said: one page action can cause several turns."""
        report = await self._sender.event(silent=expect.silent)
        with suppress(HarnessError):
            while compare(expect, report):
                later = await self._sender.event()
                report = replace(later, replies=report.replies + later.replies)
        return report


def _number(harness: Harness, sender: SenderSpec) -> str:
    return sender.phone or harness.new_number(sender.kind)


def is_ticket(wanted: TransferSpec, report: TurnReport) -> bool:
    """Return whether this turn made the secure link of exactly that transfer."""
    tickets = report.state.get("tickets", [])
    if not tickets or not any(reply.links for reply in report.replies):
        return False
    ticket = tickets[-1]
    terms = ticket.get("terms") or {}
    pairs = (
        (wanted.country, terms.get("country")),
        (wanted.payout_method, terms.get("payout_method")),
        (wanted.send, f"{ticket['send']['amount']} {ticket['send']['currency']}"),
        (wanted.receive, f"{ticket['receive']['amount']} {ticket['receive']['currency']}"),
        (wanted.recipient, ticket["recipient_name"]),
        (wanted.payer, terms.get("payer_name")),
    )
    return all(want is None or fold(want) == fold(str(have)) for want, have in pairs)
