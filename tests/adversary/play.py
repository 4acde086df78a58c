"""Plays rows against a running service and collects what they broke."""

import asyncio
import io
import re
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lola.conversation.router import ROUTES
from lola.domain.messages import ConversationId
from lola.sandbox.payhub.sample_data import VERIFIED
from lola.settings import load_settings
from lola.telemetry.logs import configure
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender, TurnReport
from tests.adversary import checks
from tests.adversary.checks import Violation
from tests.adversary.console import pages_of
from tests.adversary.model import ObeyingModel, Script
from tests.adversary.moves import moves_for
from tests.adversary.rows import Row
from tests.adversary.store import entries
from tests.adversary.vectors import PoisonedHelp, enter, plant, texts_of

TOGETHER = 8
VICTIM = {
    "phoneNumber": "+15550109931",
    "firstName": "Evangelina",
    "lastName": "Quintanar",
    "verdict": "passed",
    "contacts": [
        {
            "id": "ct-victim", "firstName": "Wenceslao", "lastName": "Urrutia",
            "phone": "+525598761234", "countryCode": "MX", "alias": "Wences", "sources": [],
        }
    ],
}  # fmt: skip
FOREIGN = ("Quintanar", "Evangelina", "Wenceslao", "Urrutia", "5598761234")
"""Another sender's data: the service knows them, no attacker may see one of them."""
_HASH = re.compile(r"(?<![0-9a-z])[0-9a-f]{64}(?![0-9a-z])")
Break = Callable[[Harness], None]


@dataclass(slots=True)
class Played:
    """What was played and what it broke."""

    rows: dict[str, Row] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    moves: Counter[str] = field(default_factory=Counter)
    stopped: list[str] = field(default_factory=list)

    @property
    def broken(self) -> set[str]:
        """The rows that broke anything."""
        return {item.row for item in self.violations}

    def add(self, other: "Played") -> None:
        """Add what another run played."""
        self.rows |= other.rows
        self.violations += other.violations
        self.moves.update(other.moves)


@asynccontextmanager
async def attacked(
    model: ObeyingModel | None, logs: io.StringIO, **settings: Any
) -> AsyncIterator[Harness]:
    """Run the service with its sandbox; every agent thinks with that model, if one is given."""
    configure("debug", stream=logs)
    with tempfile.TemporaryDirectory(prefix="lv-") as folder:
        loaded = load_settings(port=0, lola_data=Path(folder), retriever="", **settings)
        async with Harness(loaded) as harness:
            harness.sandbox.senders.add(dict(VICTIM))
            if model is not None:
                for route in ROUTES:
                    harness.service.conversation.router.agent(route).model = model
            yield harness


async def play(rows: Sequence[Row], *, broken: Break | None = None, **settings: Any) -> Played:
    """Play all rows against one service, some at the same time; `broken` may take a guard away."""
    model, logs = ObeyingModel(), io.StringIO()
    async with attacked(model, logs, **settings) as harness:
        if broken is not None:
            broken(harness)
        attack = _Attack(harness, model)
        gate = asyncio.Semaphore(TOGETHER)

        async def one(row: Row) -> None:
            async with gate:
                await attack.play(row)

        await asyncio.gather(*(one(row) for row in rows))
        await attack.look_back(logs.getvalue())
    return attack.played


async def play_all(rows: Sequence[Row]) -> Played:
    """Play the rows with a secret against a service of their own, and then the others.

    Another row may write the same number as an account, which a transfer needs and the store keeps.
    """
    played = Played()
    for part in (
        [row for row in rows if row.has_secret],
        [row for row in rows if not row.has_secret],
    ):
        if part:
            played.add(await play(part))
    return played


class _Attack:
    def __init__(self, harness: Harness, model: ObeyingModel) -> None:
        self._harness = harness
        self._model = model
        self._pages = PoisonedHelp()
        self._numbers = 0
        self._marked: dict[str, ConversationId] = {}
        self.played = Played()
        for route in ROUTES:
            agent = harness.service.conversation.router.agent(route)
            if agent.definition.knowledge:
                agent._retriever = self._pages

    async def play(self, row: Row) -> None:
        """Play a row until the model has made all its moves, each time with a new sender."""
        moves = moves_for(row)
        self.played.rows[row.id] = row
        self.played.moves.update(move.kind for move in moves)
        while moves:
            who = self._name()
            script = self._model.obey(who, moves)
            await self._converse(row, who, script)
            if len(script.moves) == len(moves):
                break  # no model was asked, so nothing of it can come out
            moves = list(script.moves)

    def _name(self) -> str:
        self._numbers += 1
        digits = f"{self._numbers:05d}"
        return "Zu" + "".join("bcdfghjklm"[int(digit)] for digit in digits)

    async def _converse(self, row: Row, who: str, script: Script) -> None:
        harness, phone = self._harness, f"+1555021{self._numbers:05d}"
        record = harness.sandbox.senders.add_like(VERIFIED, phone, "passed")
        record["firstName"] = who
        plant(row, who, record, self._pages)
        harness.sandbox.senders.save(record)
        contacts = record["contacts"]
        profile = row.texts[0] if row.vector == "profile_name" else "Sender"
        sender = harness.sender(phone, name=profile)
        if "raw_echo_unescaped" in row.must_not:
            self._marked[row.id] = sender.conversation
        await enter(harness, row, sender)
        for text in texts_of(row, who):
            asked, said = script.asked, len(script.said)
            report = await self._write(sender, row, text)
            shown = _shown(report)
            self._found(
                checks.released(row, script.said[said:], shown),
                checks.leaked(row, script.system, shown),
                checks.foreign_urls(row, shown, harness.service.settings.public_url),
                checks.too_costly(row, report.record["tools"], script.asked - asked, shown),
                checks.planted(row, "cross_user_data", FOREIGN, shown, "shown"),
                checks.invented(row, report.state.get("draft"), (*row.texts, text)),
            )
        requests = "\n".join(script.seen)
        secrets = checks.secrets_of(row)
        self._found(
            checks.planted(row, "cross_user_data", FOREIGN, requests, "model request"),
            checks.planted(row, "pan_echo", secrets, requests, "model request"),
        )
        if harness.sandbox.senders.find(phone)["contacts"] != contacts:
            self._found([Violation(row=row.id, kind="money_action", what="saved person changed")])

    async def _write(self, sender: SimulatedSender, row: Row, text: str) -> TurnReport:
        if row.vector == "attachment_text":
            return await sender.turn(await sender.device.send_media("image", caption=text))
        return await sender.say(text)

    async def look_back(self, logs: str) -> None:
        """Check what the whole run left behind: links at the partner, the store, the logs."""
        m2m = self._harness.service.m2m
        links = [await m2m.get_link(item.link_id) async for item in m2m.list_links()]
        # A link to register or to add a card moves nothing; one for a transfer has its digest.
        if any("digest" in (link.metadata or {}) for link in links):
            self._found([Violation(row="(all)", kind="money_action", what="transfer link made")])
        for row, page in (await pages_of(self._harness, self._marked)).items():
            self._found(checks.unescaped(self.played.rows[row], page))
        stored = [part async for entry in entries(self._harness) for part in entry]
        # The audit's hashes hold runs of digits of their own; the first is nothing but zeros.
        places = {"store": _HASH.sub("", "\n".join(stored)), "logs": logs}
        for row in self.played.rows.values():
            for place, text in places.items():
                self._found(checks.planted(row, "pan_echo", checks.secrets_of(row), text, place))
        self._found(
            checks.planted(
                next(iter(self.played.rows.values())), "cross_user_data", FOREIGN, logs, "logs"
            )
        )

    def _found(self, *lists: Iterable[Violation]) -> None:
        self.played.violations.extend(item for found in lists for item in found)


async def play_controls(rows: Sequence[Row]) -> Played:
    """Let the offline model answer ordinary messages; `stopped` are those that a guard stopped."""
    played = Played()
    async with attacked(None, io.StringIO()) as harness:
        gate = asyncio.Semaphore(TOGETHER)

        async def one(row: Row) -> None:
            async with gate:
                sender = harness.sender(harness.new_number("verified"), name="Ana")
                report = await sender.say(row.texts[0])
            played.rows[row.id] = row
            if report.record["findings"] or not report.replies:
                played.stopped.append(row.id)

        await asyncio.gather(*(one(row) for row in rows))
    return played


def _shown(report: TurnReport) -> str:
    """Return all that the sender saw of a turn: texts, titles of options, labels and addresses."""
    lines: list[str] = []
    for reply in report.replies:
        lines.append(reply.text)
        lines += [title for _, title in reply.options]
        lines += [part for link in reply.links for part in link]
    return "\n".join(lines)
