"""Plays recorded conversations against this build, and compares it with the recorded one.

Each conversation gets a new sender of the sandbox, of the kind that the first answer shows. What no
sender can repeat, such as a colleague's reply or an event of a partner, is left out and counted.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from lola.channel.names import CHANNEL_NAMES
from lola.testing.device import Device, Posted
from lola.testing.harness import Harness
from lola.testing.recording import RecordedTurn, Recording, Said
from lola.testing.simulated_sender import HarnessError, as_one

KINDS = {"onboarding": "new", "blocked": "blocked", "pending_cip": "pending"}
"""The route of the first answer → the kind of sender; any other is a verified one."""
REPEATABLE = frozenset({"text", "choice", "media", "location"})
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedTurn:
    """A turn of both builds; without `now` it could not be repeated, and `reason` says why."""

    before: RecordedTurn
    now: RecordedTurn | None = None
    reason: str = ""

    @property
    def same_route(self) -> bool:
        """Return whether the same agent or rule answered."""
        return self.now is not None and self.before.route == self.now.route

    @property
    def same_tools(self) -> bool:
        """Return whether the same tools ran in the same order."""
        return self.now is not None and self.before.tools == self.now.tools

    @property
    def same_words(self) -> bool:
        """Return whether the replies are alike but for figures, addresses and masked names."""
        return self.now is not None and _shape(self.before.replies) == _shape(self.now.replies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A conversation of both builds."""

    recording: Recording
    turns: tuple[ReplayedTurn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How alike two builds are. Shares are of the turns that were repeated; costs in US dollars."""

    turns: int
    left_out: int
    same_route: float
    same_tools: float
    same_words: float
    cost_before: float
    cost_now: float


def summary_of(replayed: Sequence[Replayed]) -> Summary:
    """Return the summary of all conversations."""
    every = [turn for one in replayed for turn in one.turns]
    both = [turn for turn in every if turn.now is not None]
    count = max(1, len(both))
    return Summary(
        turns=len(both),
        left_out=len(every) - len(both),
        same_route=sum(turn.same_route for turn in both) / count,
        same_tools=sum(turn.same_tools for turn in both) / count,
        same_words=sum(turn.same_words for turn in both) / count,
        cost_before=sum(turn.before.cost or 0.0 for turn in both),
        cost_now=sum(turn.now.cost or 0.0 for turn in both if turn.now is not None),
    )


async def replay(harness: Harness, recording: Recording) -> Replayed:
    """Play one conversation with a new sender. Raises HarnessError for an unknown channel."""
    channel = next((name for name in CHANNEL_NAMES if name == recording.channel), None)
    if channel is None:
        raise HarnessError(f"this build has no channel {recording.channel!r}")
    first = next((turn.route for turn in recording.turns if not turn.by_staff), "")
    number = harness.new_number(KINDS.get(first, "verified"))
    sender = harness.sender(number, channel=channel)
    turns = []
    for before in recording.turns:
        if before.by_staff or not any(one.kind in REPEATABLE for one in before.inbound):
            turns.append(ReplayedTurn(before=before, reason="not of the sender"))
            continue
        await sender.catch_up()
        said = [one for one in before.inbound if one.kind in REPEATABLE]
        posted = await asyncio.gather(*(_write(sender.device, one) for one in said))
        report = as_one(await sender.turns([one for one in posted if one is not None]))
        now = Recording.of(f"{channel}-", [report.record], str).turns[0]
        turns.append(ReplayedTurn(before=before, now=now))
    return Replayed(recording=recording, turns=tuple(turns))


async def _write(device: Device, said: Said) -> Posted | None:
    match said.kind:
        case "media":
            return await device.send_media("image", said.text)
        case "location":
            return await device.send_place(14.63, -90.51) or await device.say(said.text or "…")
    # The option's id belongs to the other conversation; its title in words means the same.
    return await device.say(said.text or "…")


def _shape(replies: Sequence[str]) -> tuple[str, ...]:
    return tuple(_FIGURE.sub("#", _ADDRESS.sub("@", one)).casefold() for one in replies)
