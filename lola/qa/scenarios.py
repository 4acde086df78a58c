"""Scenario files: what a sender does, and what must and must not come of it.

A file is YAML (docs/scenarios.md). It runs unchanged on every channel: it names options by their
titles and links by what a person does with them, never a channel's markup.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lola.errors import ConfigurationError, LolaError
from lola.qa.harness import Harness, Line, TurnReport
from lola.qa.lines import ChannelName
from lola.qa.phone import Received


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SenderSpec(_Strict):
    """Who writes. `name` is what their channel profile says."""

    phone: str
    name: str = "Sender"


class Expectation(_Strict):
    """What must hold for one turn. Texts compare without regard to case."""

    route: str | None = None
    language: str | None = None
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    no_tools: tuple[str, ...] = ()
    links: int | None = None
    passages: tuple[str, ...] = ()
    silent: bool = False


class Step(_Strict):
    """One thing the sender does (exactly one of the verbs), and what is expected of it."""

    say: str | None = None
    choose: str | None = None
    media: str | None = None
    contact: dict[str, str] | None = None
    widget: Literal["open", "approve", "cancel"] | None = None
    fault: dict[str, Any] | None = None
    expect: Expectation = Field(default_factory=Expectation)

    @model_validator(mode="after")
    def _one_verb(self) -> "Step":
        verbs = (self.say, self.choose, self.media, self.contact, self.widget, self.fault)
        if sum(verb is not None for verb in verbs) != 1:
            raise ValueError("a step has exactly one of say, choose, media, contact, widget, fault")
        return self


class Scenario(_Strict):
    """A whole conversation. `name` says what it proves."""

    name: str
    sender: SenderSpec
    channel: ChannelName = "whatsapp"
    steps: tuple[Step, ...] = Field(min_length=1)


@dataclass(slots=True, kw_only=True)
class Played:
    """How a scenario went. It passed when there is no failure."""

    scenario: Scenario
    channel: ChannelName
    failures: list[str] = field(default_factory=list)
    link: str = ""


Watch = Callable[[str, str, Received | None], None]
"""Called for everything that happens: who (`sender`, `lola`, `page`), words, and the message."""


def load_scenario(path: Path) -> Scenario:
    """Read one file. Raises ConfigurationError that names it."""
    try:
        return Scenario.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(str(path), str(error)) from None


def find_scenarios(paths: list[Path]) -> list[Path]:
    """Answer all scenario files under the paths, in order."""
    found = [
        file
        for path in paths
        for file in (sorted(path.rglob("*.yaml")) if path.is_dir() else [path])
    ]
    if not found:
        raise ConfigurationError("scenarios", "no scenario file there")
    return found


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
            await player.step(step)
        except LolaError as error:
            player.played.failures.append(f"step {number}: {error}")
        player.played.failures[:] = [
            text if text.startswith("step ") else f"step {number}: {text}"
            for text in player.played.failures
        ]
        if player.played.failures:
            break
    return player.played


class _Player:
    def __init__(
        self, harness: Harness, scenario: Scenario, channel: ChannelName, watch: Watch
    ) -> None:
        self.played = Played(scenario=scenario, channel=channel)
        self._harness = harness
        self._watch = watch
        self._line: Line = harness.line(
            scenario.sender.phone, channel=channel, name=scenario.sender.name
        )

    async def begin(self) -> None:
        """Let the channel know the sender's number, if it has a way of its own for that."""
        report = await self._line.prove()
        if report is not None:
            self._watch("sender", "(own number)", None)
            self._show(report)

    async def step(self, step: Step) -> None:
        """Do one step and compare."""
        if step.fault is not None:
            await self._harness.fault(**step.fault)
            return
        report = await self._act(step)
        if report is None:
            return
        self._show(report)
        self.played.failures.extend(compare(step.expect, report))

    def _show(self, report: TurnReport) -> None:
        for reply in report.replies:
            self._watch("lola", reply.text, reply)
            if reply.links:
                self.played.link = reply.links[0][1]

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
        return await self._on_the_page(step)

    async def _on_the_page(self, step: Step) -> TurnReport | None:
        widget = self._harness.widget
        if not self.played.link:
            self.played.failures.append("no link was received to act on")
            return None
        action = step.widget or "open"
        self._watch("page", action, None)
        status = await (
            widget.open(self.played.link)
            if action == "open"
            else widget.press(self.played.link, action)
        )
        if status >= 400:
            self.played.failures.append(f"the page answered {status}")
            return None
        return await self._line.event()


def compare(expect: Expectation, report: TurnReport) -> list[str]:
    """Answer every way in which a turn differs from what was expected."""
    said = "\n".join(reply.text for reply in report.replies).casefold()
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
