"""Plays a scenario on a running service: does each step, compares, watches the goal, checks truth.

One service can play many scenarios one after another; each has its own sender.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from lola.channel.names import ChannelName
from lola.errors import LolaError
from lola.testing.device import Received
from lola.testing.harness import Harness, HarnessError, Line, TurnReport
from lola.testing.scenarios import Expectation, Reach, Scenario, SenderSpec, Step, TransferSpec
from lola.testing.truth import Truth
from lola.text.folding import fold

Watch = Callable[[str, str, Received | None], None]
"""Called for everything that happens: who (`sender`, `lola`, `page`), words, and the message."""


@dataclass(slots=True, kw_only=True)
class Played:
    """How a scenario went. It passed when there is no failure and nothing wrong was said.

    `reached_in` counts the sender's turns to the goal, 0 when it was not reached. `wrong` are
    statements without a source and reaches of money without a confirmation. `plain_calls` are the
    model calls of each turn without tools, `tool_calls` those of each turn with tools.
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

    @property
    def passed(self) -> bool:
        """Whether everything was as the file says, and true."""
        return not self.failures and not self.wrong


async def play(
    harness: Harness,
    scenario: Scenario,
    *,
    channel: ChannelName | None = None,
    watch: Watch = lambda *_: None,
) -> Played:
    """Play a scenario to its end or to its first failure."""
    player = _Player(harness, scenario, channel or scenario.channel, watch)
    await player.begin()
    for number, step in enumerate(scenario.steps, start=1):
        try:
            failures = await player.step(step)
        except LolaError as error:
            failures = [str(error)]
        player.played.failures.extend(f"step {number}: {failure}" for failure in failures)
        if failures:
            break
    player.finish()
    return player.played


class _Player:
    def __init__(
        self, harness: Harness, scenario: Scenario, channel: ChannelName, watch: Watch
    ) -> None:
        self.played = Played(scenario=scenario, channel=channel)
        self._harness = harness
        self._watch = watch
        self._line: Line = harness.line(
            _phone(harness, scenario.sender), channel=channel, name=scenario.sender.name
        )
        self._truth = Truth(harness.service)
        self._tools: set[str] = set()
        self._said = ""
        self._links = 0

    async def begin(self) -> None:
        """Let the channel know the sender's number, if it has a way of its own for that."""
        report = await self._line.prove()
        if report is not None:
            self._watch("sender", "(own number)", None)
            self._show(report)

    async def step(self, step: Step) -> list[str]:
        """Do one step; answers how it differs from what was expected."""
        if step.fault is not None:
            await self._harness.fault(**step.fault)
            return []
        calls = self._harness.model_calls()
        report = await self._act(step)
        if report is None:
            return ["no link was received to act on"]
        self._show(report)
        await self._note(report, self._harness.model_calls() - calls, step)
        return compare(step.expect, report)

    def finish(self) -> None:
        """Judge what must hold to the end."""
        reach = self.played.scenario.reach
        if reach is None:
            return
        broken = [text for text in reach.never_says if text.casefold() in self._said]
        if broken or (reach.no_link and self._links):
            self.played.reached_in = 0

    def _show(self, report: TurnReport) -> None:
        for reply in report.replies:
            self._watch("lola", reply.text, reply)
            self._links += len(reply.links)
            if reply.links:
                self.played.link = reply.links[0][1]

    async def _note(self, report: TurnReport, calls: int, step: Step) -> None:
        played = self.played
        if step.widget is None:
            played.turns += 1
            (played.tool_calls if report.tools else played.plain_calls).append(calls)
        self._tools.update(report.tools)
        self._said += "\n" + _words(report)
        played.wrong.extend(await self._truth.check(report))
        reach = played.scenario.reach
        if reach is not None and not played.reached_in and self._is_reached(reach, report):
            played.reached_in = max(1, played.turns)

    def _is_reached(self, reach: Reach, report: TurnReport) -> bool:
        said = _words(report)
        return (
            all(any(word in said for word in text.casefold().split("|")) for text in reach.says)
            and set(reach.tools) <= self._tools
            and reach.route in {None, report.route}
            and reach.language in {None, report.language}
            and (reach.transfer is None or is_ticket(reach.transfer, report))
        )

    async def _act(self, step: Step) -> TurnReport | None:
        line = self._line
        if step.say is not None:
            self._watch("sender", step.say, None)
            return await line.say(step.say)
        if step.choose is not None:
            self._watch("sender", f"[{step.choose}]", None)
            return await line.choose(step.choose)
        if step.media is not None:
            self._watch("sender", f"({step.media})", None)
            return await line.turn(await line.phone.send_media(step.media))
        if step.contact is not None:
            self._watch("sender", f"({step.contact['name']}, {step.contact['phone']})", None)
            posted = await line.phone.share_contact(step.contact["name"], step.contact["phone"])
            return await line.turn(posted)
        return await self._on_the_page(step.widget or "open", step.expect)

    async def _on_the_page(self, action: str, expect: Expectation) -> TurnReport | None:
        widget = self._harness.widget
        if not self.played.link:
            return None
        self._watch("page", action, None)
        status = await (
            widget.open(self.played.link)
            if action == "open"
            else widget.press(self.played.link, action)
        )
        if status >= 400:
            raise LolaError(f"the page answered {status}")
        return await self._news(expect)

    async def _news(self, expect: Expectation) -> TurnReport:
        """Wait until what was expected was said: a page brings several news, each in its turn."""
        report = await self._line.event()
        with suppress(HarnessError):
            while compare(expect, report):
                later = await self._line.event()
                report = replace(later, replies=report.replies + later.replies)
        return report


def _phone(harness: Harness, sender: SenderSpec) -> str:
    return sender.phone or harness.new_sender(sender.kind)


def _words(report: TurnReport) -> str:
    return "\n".join(reply.text for reply in report.replies).casefold()


def is_ticket(wanted: TransferSpec, report: TurnReport) -> bool:
    """Whether this turn made the secure link of exactly that transfer."""
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


def compare(expect: Expectation, report: TurnReport) -> list[str]:
    """Answer every way in which a turn differs from what was expected."""
    said = _words(report)
    offered = {title.casefold() for reply in report.replies for _, title in reply.options}
    links = sum(len(reply.links) for reply in report.replies)
    checks = [
        (expect.route in {None, report.route}, f"route is {report.route}, not {expect.route}"),
        (expect.language in {None, report.language}, f"language is {report.language}"),
        (expect.links in {None, links}, f"{links} links, not {expect.links}"),
        (not (expect.silent and report.replies), "it answered instead of being silent"),
        (expect.silent or bool(report.replies), "it said nothing"),
        *((text.casefold() in said, f"did not say {text!r}") for text in expect.says),
        *((text.casefold() not in said, f"said {text!r}") for text in expect.never_says),
        *((title.casefold() in offered, f"did not offer {title!r}") for title in expect.options),
        *((name in report.tools, f"did not call {name}") for name in expect.tools),
        *((name not in report.tools, f"called {name}") for name in expect.no_tools),
        *(
            (any(item.startswith(wanted) for item in report.passages), f"no passage {wanted}")
            for wanted in expect.passages
        ),
    ]
    return [problem for holds, problem in checks if not holds]
