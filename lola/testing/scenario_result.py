"""How a scenario went: failures, wrong statements, what was said, and what it used."""

from dataclasses import dataclass, field

from lola.channel.cost import Bill
from lola.channel.names import ChannelName
from lola.testing.device import Received
from lola.testing.scenarios import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that happened. `who` is `sender`, `lola`, `page`, `staff` or `time`."""

    who: str
    text: str
    options: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


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
    lines: list[Line] = field(default_factory=list)
    turns: int = 0
    reached_in: int = 0
    plain_calls: list[int] = field(default_factory=list)
    tool_calls: list[int] = field(default_factory=list)
    billed: Bill = field(default_factory=Bill)
    not_run: int = 0
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Return whether everything was as the file says and no statement was wrong."""
        return not self.failures and not self.wrong

    @property
    def link(self) -> str:
        """The newest link that the sender got; empty when there was none."""
        return next((line.links[0] for line in reversed(self.lines) if line.links), "")

    def note(self, who: str, text: str, received: Received | None) -> None:
        """Add a line to the transcript."""
        options = tuple(title for _, title in received.options) if received else ()
        links = tuple(url for _, url in received.links) if received else ()
        self.lines.append(Line(who=who, text=text, options=options, links=links))
