"""The order of the stages: what the MIDDLEWARE setting names, with the built-in stages in place.

Two forms are read. A list of dotted names only has the usual built-in stages around it. A list that
names a built-in stage, by its name without a dot, is the complete list: a bank moves and removes
with it what may be moved and removed (docs/pipeline.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lola.conversation.pipeline import MESSAGES, BuiltIn, Kind, Middleware
from lola.conversation.stages.agent import AgentStage
from lola.conversation.stages.commands import CommandsStage
from lola.conversation.stages.consent import ConsentStage
from lola.conversation.stages.decision import DecisionStage
from lola.conversation.stages.events import EventsStage
from lola.conversation.stages.limits import LimitsStage
from lola.conversation.stages.notices import NoticesStage
from lola.conversation.stages.offers import OffersStage
from lola.conversation.stages.opted_out import OptedOutStage
from lola.conversation.stages.parts import EngineParts
from lola.conversation.stages.person import PersonStage
from lola.conversation.stages.phone_proof import PhoneProofStage
from lola.conversation.stages.renewal import RenewalStage
from lola.conversation.stages.several import QueuedStage, SeveralStage
from lola.conversation.stages.taken_over import TakenOverStage
from lola.errors import ConfigurationError
from lola.settings import DEFAULT_MIDDLEWARE

AHEAD: tuple[type[BuiltIn], ...] = (ConsentStage, LimitsStage)
"""The built-in stages before those that a list of dotted names gives."""
BEHIND: tuple[type[BuiltIn], ...] = (
    QueuedStage,
    EventsStage,
    OptedOutStage,
    TakenOverStage,
    CommandsStage,
    PersonStage,
    NoticesStage,
    PhoneProofStage,
    DecisionStage,
    RenewalStage,
    OffersStage,
    SeveralStage,
    AgentStage,
)
"""The built-in stages after them."""

SETTING = "MIDDLEWARE"
HINT = "docs/pipeline.md"

Load = Callable[[str], Any]
"""Returns the class behind a dotted name. Raises ConfigurationError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One stage of the list. `setting` is how MIDDLEWARE names it.

    `protects` says why it cannot be removed; empty when it can.
    """

    setting: str
    stage: Any
    protects: str = ""
    ahead_of: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name that `lola pipeline` prints."""
        return str(self.stage.name)

    @property
    def sees(self) -> frozenset[Kind]:
        """The kinds of turns that the stage sees."""
        return getattr(self.stage, "sees", MESSAGES)

    @property
    def is_built_in(self) -> bool:
        """Return whether the stage is the engine's own."""
        return issubclass(self.stage, BuiltIn)

    def build(self, parts: EngineParts) -> Middleware:
        """Build the stage."""
        if self.is_built_in:
            return self.stage.from_parts(parts)  # type: ignore[no-any-return]
        return self.stage.build(parts.services)  # type: ignore[no-any-return]


def arrange(configured: Sequence[str], load: Load) -> tuple[Entry, ...]:
    """Return the complete list for a MIDDLEWARE setting.

    Raises ConfigurationError, with the stage and the reason, for a list that leaves out or
    misplaces a stage that protects money, consent or a takeover.
    """
    built_in = {stage.name: stage for stage in (*AHEAD, *BEHIND)}
    named = tuple(configured)
    if all("." in name for name in named):
        named = (*(one.name for one in AHEAD), *named, *(one.name for one in BEHIND))
    required = _required(load)
    entries = tuple(_entry(name, built_in, required, load) for name in named)
    _check(entries, required)
    return entries


def _required(load: Load) -> Mapping[str, Any]:
    """Return the stages that protect something, by name: built-in ones and shipped ones."""
    shipped = (load(dotted) for dotted in DEFAULT_MIDDLEWARE)
    return {stage.name: stage for stage in (*AHEAD, *shipped, *BEHIND) if stage.protects}


def _entry(
    setting: str, built_in: Mapping[str, type[BuiltIn]], required: Mapping[str, Any], load: Load
) -> Entry:
    if "." not in setting and setting not in built_in:
        raise _refused(f"{setting} is no built-in stage (they are {', '.join(built_in)})")
    stage = load(setting) if "." in setting else built_in[setting]
    if "." in setting and issubclass(stage, BuiltIn):
        raise _refused(f"{setting} is built in and is named {stage.name}")
    # A bank's own stage with the name of a shipped one takes its place, and its duties.
    duties = required.get(stage.name)
    return Entry(
        setting=setting,
        stage=stage,
        protects=duties.protects if duties else "",
        ahead_of=duties.ahead_of if duties else getattr(stage, "ahead_of", frozenset()),
    )


def _check(entries: Sequence[Entry], required: Mapping[str, Any]) -> None:
    names = [entry.name for entry in entries]
    for name in names:
        if names.count(name) > 1:
            raise _refused(f"{name} is there twice")
    for name, stage in required.items():
        if name not in names:
            raise _refused(f"{name} cannot be removed: {stage.protects}")
    for place, entry in enumerate(entries):
        reason = entry.protects or "no message gets there"
        if AgentStage.name in names[:place]:
            raise _refused(f"{entry.name} cannot be behind {AgentStage.name}: {reason}")
        for earlier in names[:place]:
            if earlier in entry.ahead_of or "*" in entry.ahead_of:
                raise _refused(f"{entry.name} must be ahead of {earlier}: {reason}")


def _refused(problem: str) -> ConfigurationError:
    return ConfigurationError(SETTING, problem, hint=HINT)
