"""Runs many interleaved conversations with one service, and looks for a value out of its place."""

import asyncio
import io
import random
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lola.conversation.router import ROUTES
from lola.sandbox.payhub.sample_data import VERIFIED
from lola.settings import load_settings
from lola.telemetry.logs import configure
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender
from tests.adversary.store import entries
from tests.isolation.model import EchoingModel
from tests.isolation.values import Planted, foreign, owners_of

IN_FLIGHT = 16
TURN_SECONDS = 1.0
CUT_OFF = 0.1
"""How often a request of the provider is cut off before its answer."""
Break = Callable[[Harness, io.StringIO], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """What a run did, and how often a value was where it may not be."""

    turns: int
    requests: int
    replies: int
    echoed: int
    cut_off: int
    cancelled: int
    foreign_replies: int
    mixed_requests: int
    in_logs: int
    in_key_names: int
    mixed_keys: int

    @property
    def kept(self) -> bool:
        """Return whether no value was out of its place."""
        return not (
            self.foreign_replies
            or self.mixed_requests
            or self.in_logs
            or self.in_key_names
            or self.mixed_keys
        )


async def isolate(
    *,
    turns: int,
    conversations: int,
    seed: int = 1,
    slow: float = 0.02,
    broken: Break | None = None,
) -> Isolation:
    """Play so many turns in so many conversations at the same time.

    `slow` is the share of model requests that take longer than a turn may, and are cancelled.
    """
    logs, model = io.StringIO(), EchoingModel(seed, slow)
    configure("debug", stream=logs)
    with tempfile.TemporaryDirectory(prefix="lv-") as folder:
        # Senders repeat themselves here, and each is to be answered all the same.
        settings = load_settings(
            port=0, lola_data=Path(folder), retriever="", turn_seconds=TURN_SECONDS, loop_replies=0
        )
        async with Harness(settings) as harness:
            for route in ROUTES:
                harness.service.conversation.router.agent(route).model = model
            if broken is not None:
                broken(harness, logs)
            lines = [_Line(harness, number, seed) for number in range(conversations)]
            gate = asyncio.Semaphore(IN_FLIGHT)
            rounds = -(-turns // conversations)
            await asyncio.gather(*(line.talk(rounds, gate) for line in lines))
            return await _found(harness, model, lines, logs.getvalue())


class _Line:
    """One sender, who writes and is sometimes cut off."""

    def __init__(self, harness: Harness, number: int, seed: int) -> None:
        self.planted = Planted(number=number)
        self.cut_off = self.turns = 0
        self._chance = random.Random(seed * 100_003 + number)  # noqa: S311 - repeatable
        phone = f"+1555022{number:05d}"
        senders = harness.sandbox.senders
        record = senders.add_like(VERIFIED, phone, "passed")
        record["firstName"] = self.planted.first_name
        record["contacts"] = [
            {**record["contacts"][0], "firstName": self.planted.contact, "alias": "",
             "phone": self.planted.contact_phone}
        ]  # fmt: skip
        senders.save(record)
        self.sender: SimulatedSender = harness.sender(phone, name=self.planted.profile)

    async def talk(self, rounds: int, gate: asyncio.Semaphore) -> None:
        for _ in range(rounds):
            async with gate:
                if self._chance.random() < CUT_OFF:
                    await self._cut_off()
                report = await self.sender.say(f"quiero saber de {self.planted.said} por favor")
                self.turns = int(report.record["turn"])

    async def _cut_off(self) -> None:
        """Let the provider's request end before it is answered."""
        posting = asyncio.create_task(self.sender.device.say(f"espera {self.planted.said}"))
        await asyncio.sleep(self._chance.random() / 100)
        posting.cancel()
        with suppress(asyncio.CancelledError):
            await posting
        self.cut_off += 1


async def _found(harness: Harness, model: EchoingModel, lines: list[_Line], logs: str) -> Isolation:
    replies = {line.planted.number: [item.text for item in line.sender.last_seen] for line in lines}
    stored = [entry async for entry in entries(harness)]
    return Isolation(
        turns=sum(line.turns for line in lines),
        requests=model.requests,
        replies=sum(map(len, replies.values())),
        echoed=sum(bool(owners_of(text)) for texts in replies.values() for text in texts),
        cut_off=sum(line.cut_off for line in lines),
        cancelled=model.cancelled,
        foreign_replies=sum(foreign(texts, own) for own, texts in replies.items()),
        mixed_requests=model.mixed,
        in_logs=sum(bool(owners_of(line)) for line in logs.split("\n")),
        in_key_names=sum(bool(owners_of(key)) for key, _ in stored),
        mixed_keys=sum(len(owners_of(value)) > 1 for _, value in stored),
    )
