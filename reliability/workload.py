"""The messages of a run and their handler: the same for the inbox and for the broken designs.

The handler is deterministic, so that a repeated turn gives the same reply. A message's text says
what the handler must do; its id identifies it in all three histories.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Literal

from lola.delivery import Effects, Reply, Timer, Work
from lola.domain.messages import (
    Address,
    ConversationId,
    EventContent,
    Inbound,
    MessageId,
    TextContent,
    TextMessage,
)
from reliability.checker import AHEAD, Accepted

Errand = Literal["plain", "slow", "money", "fails_once", "long", "timer", "announced"]
CHANNEL = "chaos"

_WORK_SECONDS = 0.002
_SLOW_SECONDS = 0.2
_LONG_SECONDS = 0.7
_SLOW_SHARE = 0.01
_MONEY_SHARE = 0.1
_TIMER_SHARE = 0.02
_ANNOUNCED_SHARE = 0.01
_TIMER_DELAY = timedelta(seconds=0.3)


class HandlerFailedError(Exception):
    """The handler failed because the message told it to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One message of a run, and what it asks for."""

    sender: int
    message: str
    errand: Errand = "plain"

    def inbound(self) -> Inbound:
        """Return the message as a connector would parse it."""
        return Inbound(
            id=MessageId(self.message),
            address=address_of(self.sender),
            content=TextContent(text=self.errand),
        )


def address_of(sender: int) -> Address:
    """Return a sender's address."""
    return Address(channel=CHANNEL, account="account", sender=str(sender))


def conversation_of(sender: int) -> ConversationId:
    """Return a sender's conversation."""
    return address_of(sender).conversation


def traffic(rng: Random, messages: int, senders: int, *, is_inbox: bool) -> tuple[Spoken, ...]:
    """Return messages, half uniform over all senders, half from a heavy-tailed few.

    Timers and interim messages need the inbox; the broken designs have none.
    """
    shares: tuple[tuple[Errand, float], ...] = (("slow", _SLOW_SHARE), ("money", _MONEY_SHARE))
    if is_inbox:
        shares = (*shares, ("timer", _TIMER_SHARE), ("announced", _ANNOUNCED_SHARE))
    spoken = []
    for number in range(messages):
        share = rng.random() if rng.random() < 0.5 else rng.random() ** 6
        fate = rng.random()
        errand: Errand = "plain"
        for name, part in shares:
            if fate < part:
                errand = name
                break
            fate -= part
        spoken.append(Spoken(sender=int(share * senders), message=f"m{number}", errand=errand))
    return tuple(spoken)


def errand_of(inbound: Inbound) -> str:
    """Return what a message asks for."""
    return inbound.content.text if isinstance(inbound.content, TextContent) else ""


async def work_on(errands: Sequence[str], on_long: Callable[[], Awaitable[None]]) -> None:
    """Take as long as the messages ask for; call `on_long` before a long piece of work."""
    if "long" in errands:
        await on_long()
        await asyncio.sleep(_LONG_SECONDS)
    await asyncio.sleep(_SLOW_SECONDS if "slow" in errands else _WORK_SECONDS)


class Handler:
    """Replies to every message with its own id, and counts them in the state.

    `announce` sends an interim message ahead of the reply, where a message asks for it.
    """

    def __init__(
        self,
        on_long: Callable[[], Awaitable[None]],
        announce: Callable[[Work], Awaitable[None]],
    ) -> None:
        self._on_long = on_long
        self._announce = announce

    async def __call__(self, work: Work) -> Effects:
        """Handle the burst."""
        errands = [errand_of(item.inbound) for item in work.envelopes]
        if "fails_once" in errands and not work.envelopes[0].attempts:
            raise HandlerFailedError
        if "announced" in errands:
            await self._announce(work)
        await work_on(errands, self._on_long)
        return effects_of(work)


def ahead_of(work: Work) -> Effects:
    """Return the interim message for the burst's first message; the checker knows its name."""
    first = work.envelopes[0].inbound
    return Effects(
        address=first.address,
        state={},
        record={},
        replies=(Reply(message=TextMessage(content=f"{AHEAD}{first.id}")),),
    )


def effects_of(work: Work) -> Effects:
    """Reply to every message with its own id, count it, and set the timer it asks for."""
    names = [str(item.inbound.id) for item in work.envelopes]
    errands = [errand_of(item.inbound) for item in work.envelopes]
    return Effects(
        address=work.envelopes[-1].inbound.address,
        state={"counted": (work.state or {}).get("counted", 0) + len(names)},
        record={"messages": names},
        replies=tuple(
            Reply(message=TextMessage(content=name), money=errand == "money")
            for name, errand in zip(names, errands, strict=True)
        ),
        timers=tuple(
            Timer(at=item.accepted_at + _TIMER_DELAY, event=_event(item.inbound))
            for item, errand in zip(work.envelopes, errands, strict=True)
            if errand == "timer"
        ),
    )


def timers_of(spoken: Iterable[Spoken]) -> tuple[Accepted, ...]:
    """Return the events of the run's own timers; their numbers are not known."""
    return tuple(
        Accepted(
            conversation=conversation_of(item.sender),
            message=str(_event(item.inbound()).id),
            seq=0,
        )
        for item in spoken
        if item.errand == "timer"
    )


def _event(inbound: Inbound) -> Inbound:
    return Inbound(
        id=MessageId(f"timer-{inbound.id}"),
        address=inbound.address,
        content=EventContent(name="chaos.timer"),
    )


def no_apology(work: Work, reason: str) -> Effects:  # noqa: ARG001 - the inbox's signature
    """Reply nothing to a message that is given up; the checker reads its dead letter."""
    return Effects(
        address=work.envelopes[-1].inbound.address,
        state=work.state or {"counted": 0},
        record={"messages": []},
    )
