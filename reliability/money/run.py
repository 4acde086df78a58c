"""Plays the transfers of one partner against the real service, and gathers the transcripts.

The clock is the real one, moved forward between the phases, so that links end and the reconciler is
due. Everything runs in this process, on loopback.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any, Final

import aiohttp

from lola.sandbox.whatsapp.stub import GraphStub
from lola.settings import load_settings
from lola.state import connect
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender
from lola.testing.whatsapp import received_from_graph
from reliability.money.checker import Verdict, judge
from reliability.money.claims import reader_of
from reliability.money.partners import PartnerName, Webhooks
from reliability.money.senders import CONFIRM, QUESTIONS, WISH, SenderPlan, plans
from reliability.money.transcripts import Record, Told, Transcript

AT_ONCE: Final = 12
QUIET_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.05
ROUNDS: Final = 50
NEVER: Final = 100_000
"""More faults than a run has calls: an outage lasts until it is cleared."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One run. `found` is what the reconciler found."""

    partner: PartnerName
    verdict: Verdict
    operations: int
    found: int
    seconds: float


class _Clock:
    def __init__(self) -> None:
        self._added = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._added

    def advance(self, **span: float) -> None:
        self._added += timedelta(**span)


@dataclass(slots=True, kw_only=True)
class _Transfer:
    plan: SenderPlan
    sender: SimulatedSender
    link: str = ""
    operation: str = ""


@dataclass(slots=True, kw_only=True)
class _Run:
    harness: Harness
    clock: _Clock
    webhooks: Webhooks
    http: aiohttp.ClientSession
    folder: Path
    say: Progress
    reconciles: bool
    transfers: list[_Transfer] = field(default_factory=list)

    async def play(self, wave: Iterable[SenderPlan], *, outage: bool) -> None:
        """Play the senders of one wave from the first message to the truth."""
        transfers = [
            _Transfer(plan=plan, sender=self.harness.sender(self.harness.new_number("verified")))
            for plan in wave
        ]
        self.transfers += transfers
        await self._each(transfers, self._get_link, "to the link")
        await self._next_phase(minutes=2)
        await self._each(transfers, self._use, "on the page")
        await self._next_phase(minutes=3)
        asking = [one for one in transfers if one.plan.question]
        await self._each(asking, self._ask, "questions")
        await self._each(transfers, self._go_on, "operations go on")
        await self._next_phase(minutes=20)
        await self._end_of_links(outage=outage)
        await self._each(transfers, self._end, "operations end")
        await self._next_phase(minutes=7)
        await self._each([one for one in transfers if one.plan.renews], self._renew, "offers")
        await self._next_phase(minutes=12)

    async def finish(self) -> None:
        """Deliver what was held back, and reconcile until there is nothing new."""
        await self.webhooks.repeat(self.http, last=True)
        for _ in range(3):
            self.clock.advance(hours=2)
            await self._quiet()
            for _ in range(ROUNDS if self.reconciles else 0):
                report = await self.harness.service.reconciler.run()
                await self._quiet()
                if report.outcome == "complete" and not report.counts:
                    break

    async def _end_of_links(self, *, outage: bool) -> None:
        """Let the links end, with a partner that cannot be asked meanwhile in half of the runs."""
        faults = self.harness.sandbox.faults
        if outage:
            faults.add("m2m", "500", NEVER)
        await self._next_phase(minutes=40)
        faults.clear()
        for minutes in (1, 2, 5, 11):
            await self._next_phase(minutes=minutes)

    async def _next_phase(self, **span: float) -> None:
        await self.webhooks.repeat(self.http)
        await self._quiet()
        self.clock.advance(**span)
        await self._quiet()

    async def _each(
        self,
        transfers: list[_Transfer],
        act: Callable[[_Transfer], Awaitable[None]],
        what: str,
    ) -> None:
        self.say(f"{self.webhooks.name}: {len(transfers)} senders, {what}")
        places = asyncio.Semaphore(AT_ONCE)

        async def one(transfer: _Transfer) -> None:
            async with places:
                await act(transfer)

        await asyncio.gather(*map(one, transfers))

    async def _get_link(self, transfer: _Transfer) -> None:
        plan, sender = transfer.plan, transfer.sender
        await sender.say(WISH[plan.language].format(amount=plan.amount))
        linked = await sender.choose(CONFIRM[plan.language])
        transfer.link = str(linked.state["tickets"][-1]["link_id"])

    async def _use(self, transfer: _Transfer) -> None:
        plan = transfer.plan
        if plan.use == "leave":
            return
        await self._act(transfer, "open")
        if plan.use == "cancel":
            await self._act(transfer, "cancel")
        if plan.use == "approve":
            await self._act(transfer, "hurry")
            booked = plan.booked()
            answer = await self._act(transfer, "approve", **({"amount": booked} if booked else {}))
            transfer.operation = str(answer["operationId"])

    async def _ask(self, transfer: _Transfer) -> None:
        plan = transfer.plan
        await transfer.sender.say(QUESTIONS[plan.language][plan.question])

    async def _go_on(self, transfer: _Transfer) -> None:
        if transfer.operation and transfer.plan.end in {"processing", "completed"}:
            await self._advance(transfer, "processing")

    async def _end(self, transfer: _Transfer) -> None:
        end = transfer.plan.end
        if transfer.operation and end in {"completed", "failed", "cancelled"}:
            await self._advance(transfer, end)

    async def _renew(self, transfer: _Transfer) -> None:
        """Tap the newest offer to prepare the transfer again, if there ever was one."""
        title = reader_of(transfer.plan.language).renewal
        shown = {title for one in transfer.sender.last_seen for _, title in one.options}
        if title in shown:
            await transfer.sender.choose(title)

    async def _act(self, transfer: _Transfer, step: str, **body: Any) -> dict[str, Any]:
        return await self._control(f"links/{transfer.link}/{step}", body)

    async def _advance(self, transfer: _Transfer, status: str) -> None:
        await self._control(f"operations/{transfer.operation}", {"status": status})

    async def _control(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{self.harness.sandbox.url}/control/m2m/{path}"
        async with self.http.post(url, json=body) as response:
            answer: dict[str, Any] = await response.json()
            if response.status >= 300:
                raise RuntimeError(f"the sandbox refused {path}: {answer}")
            return answer

    async def _quiet(self) -> None:
        """Wait until every event is handled and every reply is sent."""
        async with asyncio.timeout(QUIET_SECONDS):
            timers = self.harness.service.state.timers
            while await timers.fire_due() or await self._is_busy():  # noqa: ASYNC110 - no notice
                await asyncio.sleep(POLL_SECONDS)

    async def _is_busy(self) -> bool:
        if self.webhooks.are_on_their_way():
            return True
        connections = connect(f"unix://{self.folder}/valkey.sock")
        try:
            for kind in ("mb", "out"):
                pattern = f"{self.harness.service.settings.project_name}:{kind}:*"
                async for _ in connections.commands.scan_iter(match=pattern, count=2000):
                    return True
        finally:
            await connections.close()
        return False

    def transcripts(self) -> list[Transcript]:
        """Return what every sender was told, beside the partner's record."""
        operations = self.harness.sandbox.m2m.operations
        records = {one.link_id: Record.of(one, operations) for one in operations.list.all()}
        graph = self.harness.sandbox.channel(GraphStub)
        return [
            Transcript(
                sender=f"{self.webhooks.name}-{one.plan.number}",
                language=one.plan.language,
                told=tuple(
                    Told.of(received_from_graph(message.message), message.at)
                    for message in graph.messages_to(one.sender.address.sender)
                ),
                record=records.get(one.link),
            )
            for one in self.transfers
        ]


async def play(
    partner: PartnerName,
    count: int,
    folder: Path,
    *,
    seed: int = 1,
    say: Progress = print,
    reconciles: bool = True,
) -> Result:
    """Play a run and judge it. Without the reconciler it is a broken design, for the checker."""
    started, clock = monotonic(), _Clock()
    settings = load_settings(
        port=0,
        lola_data=folder,
        retriever="",
        partner_timeout_seconds=3,
        m2m_reconcile_minutes=10 if reconciles else 0,
    )
    async with (
        Harness(settings, clock=clock) as harness,
        aiohttp.ClientSession() as http,
    ):
        webhooks = Webhooks(harness=harness, name=partner, random=Random(seed))  # noqa: S311
        webhooks.start()
        run = _Run(
            harness=harness,
            clock=clock,
            webhooks=webhooks,
            http=http,
            folder=folder,
            say=say,
            reconciles=reconciles,
        )
        everyone = plans(count, seed, other_amounts=partner == "amounts")
        for outage in (False, True):
            wave = [plan for plan in everyone if plan.meets_outage == outage]
            await run.play(wave, outage=outage)
        await run.finish()
        transcripts = run.transcripts()
        audited = await harness.service.state.audit_trail.newest(100_000)
    found = sum(record.body.get("event") == "reconciled" for record in audited)
    return Result(
        partner=partner,
        verdict=judge(transcripts),
        operations=sum(transcript.record is not None for transcript in transcripts),
        found=found,
        seconds=monotonic() - started,
    )
