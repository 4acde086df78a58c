"""Plays personas on a running service and adds up how they ended, by language."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from time import monotonic

from lola.errors import LolaError
from lola.testing.fact_checks import FactChecker
from lola.testing.harness import Harness
from lola.testing.personas.acting import Acting, Line
from lola.testing.personas.judging import differences, is_reached, live_tickets
from lola.testing.personas.partner_records import PartnerRecords
from lola.testing.personas.persona import Persona
from lola.testing.personas.questions import confirm_title
from lola.testing.personas.tempers import TEMPERS
from lola.testing.personas.world import is_possible
from lola.testing.simulated_sender import SimulatedSender, TurnReport, as_one
from lola.testing.whatsapp import WhatsAppDevice
from lola.text.languages import LANGUAGES

SEED = 1
MOST_TURNS = 24
SILENT_SECONDS = 11 * 60
"""Longer than a quote is valid."""
UNCONFIRMED = "without the sender's confirmation"


@dataclass(slots=True, kw_only=True)
class Played:
    """How one conversation went. `turns` counts the sender's messages up to the last link or end.

    `wrong` are statements without a source, `unconfirmed` links without a confirmation, and
    `unlike` says in what a live link differs from what the sender wanted.
    """

    persona: Persona
    reached: bool = False
    turns: int = 0
    wrong: list[str] = field(default_factory=list)
    unconfirmed: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)
    failure: str = ""
    seconds: float = 0.0
    lines: list[tuple[str, str]] = field(default_factory=list)


async def play(
    harness: Harness, persona: Persona, *, seed: int = SEED, approves: bool = False
) -> Played:
    """Play one persona to the end of its conversation and judge it.

    With `approves` a sender who has the right link also approves on the secure page, and the
    partner's operation is compared with what they wanted.
    """
    kind = "verified" if persona.goal == "status" else "new"
    started = monotonic()
    phone = harness.new_number(kind)
    sender = harness.sender(phone, channel=persona.channel, name=persona.style[:20] or "Sender")
    facts, acting = FactChecker(harness.service), Acting(persona, seed)
    played, reports = Played(persona=persona), list[TurnReport]()
    records = PartnerRecords(harness, phone)
    line: Line | None = acting.first()
    try:
        while line is not None and len(reports) < MOST_TURNS:
            report = await _act(harness, sender, persona, line, reports)
            reports.append(report)
            _note(played, line, report, await facts.check(report))
            line = acting.next(report.replies)
        await _judge(played, records, reports, approves=approves)
    except LolaError as error:
        played.reached, played.failure = False, str(error)
    played.turns = played.turns or len(reports)
    played.seconds = monotonic() - started
    return played


async def _judge(
    played: Played, records: PartnerRecords, reports: Sequence[TurnReport], *, approves: bool
) -> None:
    """Compare the end of a conversation with what the sender wanted."""
    persona = played.persona
    played.reached = is_reached(persona, reports)
    for ticket in live_tickets(reports):
        played.unlike += differences(persona, ticket) if is_possible(persona) else ["a link"]
    played.unconfirmed += records.links_without_ticket(reports[-1])
    if approves and played.reached and persona.goal == "link" and is_possible(persona):
        played.unlike += await records.approve(persona, reports)
        played.reached = not played.unlike


async def _act(
    harness: Harness,
    sender: SimulatedSender,
    persona: Persona,
    line: Line,
    reports: Sequence[TurnReport],
) -> TurnReport:
    if persona.temper == "silence" and reports and confirm_title(reports[-1].replies):
        is_first = not any(confirm_title(one.replies) for one in reports[:-1])
        await harness.advance(SILENT_SECONDS if is_first else 0)
    if line.is_choice:
        return await sender.choose(line.text)
    parts = line.text.split(", ")
    device = sender.device
    if persona.temper == "bursts" and len(parts) > 1 and isinstance(device, WhatsAppDevice):
        return as_one(await sender.turns(await device.say_together(parts)))
    return await sender.say(line.text)


def _note(played: Played, line: Line, report: TurnReport, wrong: list[str]) -> None:
    played.lines.append(("sender", f"[{line.text}]" if line.is_choice else line.text))
    for reply in report.replies:
        titles = " · ".join(title for _, title in reply.options)
        played.lines.append(("lola", f"{reply.text} [{titles}]" if titles else reply.text))
        if reply.links:
            played.turns = sum(who == "sender" for who, _ in played.lines)
    played.unconfirmed += [text for text in wrong if UNCONFIRMED in text]
    played.wrong += [text for text in wrong if UNCONFIRMED not in text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What some conversations came to. `turns` is the median of transfers that were reached."""

    name: str
    played: int
    reached: int
    wrong: int
    unconfirmed: int
    unlike: int
    turns: float

    @property
    def share(self) -> float:
        """The share that reached its goal, 0 to 1."""
        return self.reached / self.played if self.played else 0.0


def rows_of(results: Sequence[Played]) -> list[Row]:
    """Return a row for each language, then one for all."""
    parts = [(lang, [one for one in results if one.persona.lang == lang]) for lang in LANGUAGES]
    return [_row(name, part) for name, part in (*parts, ("all", list(results)))]


def rows_by_temper(results: Sequence[Played]) -> list[Row]:
    """Return a row for each language and temper that was played, then those of `rows_of`."""
    pairs = [(lang, temper) for lang in LANGUAGES for temper in TEMPERS]
    parts = [
        (f"{lang} · {temper}", [one for one in results if _is_of(one.persona, lang, temper)])
        for lang, temper in pairs
    ]
    return [*(_row(name, part) for name, part in parts if part), *rows_of(results)]


def _is_of(persona: Persona, lang: str, temper: str) -> bool:
    return (persona.lang, persona.temper) == (lang, temper)


def _row(name: str, results: Sequence[Played]) -> Row:
    transfers = [
        one.turns
        for one in results
        if one.reached and one.persona.goal == "link" and is_possible(one.persona)
    ]
    return Row(
        name=name,
        played=len(results),
        reached=sum(one.reached for one in results),
        wrong=sum(len(one.wrong) for one in results),
        unconfirmed=sum(len(one.unconfirmed) for one in results),
        unlike=sum(bool(one.unlike) for one in results),
        turns=median(transfers) if transfers else 0.0,
    )
