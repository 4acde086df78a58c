"""`lola audit …`: lists, proves and exports the audit trail."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import typer
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lola.app.evidence import TURNS, Evidence, collect
from lola.app.privacy.person import Search
from lola.cli.privacy import number_of
from lola.cli.store import OpenTrail, open_trail, operator_name, write_private
from lola.domain.clock import system_clock
from lola.domain.messages import ConversationId
from lola.errors import ConfigurationError
from lola.safety.input.redaction import redact_stored
from lola.state.audit import AuditRecord, Findings, Verifier
from lola.state.audit.chain import read_file
from lola.state.audit.sinks import FileSink
from lola.telemetry import names

_HIDDEN = frozenset({"kind"})
_HEAD_PARTS = 3
Anchor = tuple[int, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What to list; empty filters take everything."""

    phone: str = ""
    conversation: str = ""
    kind: str = ""
    staff: str = ""
    hours: float = 0
    limit: int = 100


def list_records(filters: Filters, *, as_json: bool) -> None:
    """Print the records that match, oldest first."""
    records = asyncio.run(_matching(filters))
    if as_json:
        for record in records:
            typer.echo(json.dumps(_plain(record), ensure_ascii=False))
        return
    table = Table()
    for column in ("at (UTC)", "entry", "kind", "facts"):
        table.add_column(column, overflow="fold")
    for record in records:
        facts = {name: value for name, value in record.body.items() if name not in _HIDDEN}
        table.add_row(
            f"{record.at:%Y-%m-%d %H:%M:%S}",
            f"{record.chain}:{record.seq}",
            record.kind,
            Text(json.dumps(facts, ensure_ascii=False)),
        )
    Console().print(table)


def verify_trail(files: Sequence[Path], heads: Sequence[str], *, offline: bool) -> bool:
    """Verify Redis, or files and that both agree; print the faults and return whether none is."""
    anchors = [_anchor(head) for head in heads]
    if offline and not files:
        raise ConfigurationError("--offline", "needs --from-file")
    if files:
        found = _verify_files(files, anchors)
        if not offline:
            found.faults += asyncio.run(_disagreements(found))
    else:
        found = asyncio.run(_verify_store(anchors))
    for fault in found.faults:
        typer.echo(f"FAULT {fault}")
    for chain, (seq, link) in sorted(found.heads.items()):
        typer.echo(f"chain {chain} ends with entry {seq} {link}")
    verdict = f"{len(found.faults)} faults" if found.faults else "no fault"
    typer.echo(f"{found.entries} entries, {verdict}")
    return not found.faults


def export_evidence(
    out: Path, *, phone: str, conversation: str, unmasked: bool, reason: str
) -> None:
    """Write the packs of one conversation, or of each conversation of a sender."""
    if unmasked and not reason:
        raise ConfigurationError("--reason", "is required with --unmasked")
    packs = asyncio.run(_collect(phone, conversation, unmasked=unmasked, reason=reason))
    for number, pack in enumerate(packs):
        base = out.with_name(f"{out.name}-{number + 1}") if len(packs) > 1 else out
        for ending, text in ((".json", as_json_text(pack)), (".html", as_html(pack))):
            path = base.with_name(base.name + ending)
            write_private(path, text)
            typer.echo(str(path))


def as_json_text(pack: Evidence) -> str:
    """Return a pack as JSON text."""
    return json.dumps(pack.to_json(), ensure_ascii=False, indent=2) + "\n"


def as_html(pack: Evidence) -> str:
    """Return a pack as one page without scripts; every value is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("evidence.html").render(pack=pack)


async def _matching(filters: Filters) -> list[AuditRecord]:
    async with open_trail() as opened:
        lines = opened.trail.lines
        sender = lines.person(number_of(filters.phone)) if filters.phone else ""
        subject = lines.subject(ConversationId(filters.conversation))
        since = system_clock() - timedelta(hours=filters.hours) if filters.hours else None
        records = [record async for record in opened.trail.records()]
    # What happened outside of a turn names the conversation only.
    theirs = {record.subject for record in records if record.subject and record.sender == sender}
    found = [
        record
        for record in records
        if (not filters.kind or record.kind == filters.kind)
        and (not filters.staff or record.body.get("staff") == filters.staff)
        and (not filters.conversation or record.subject == subject)
        and (not sender or record.subject in theirs)
        and (since is None or record.at >= since)
    ]
    return sorted(found, key=lambda record: record.at)[-filters.limit :]


def _plain(record: AuditRecord) -> dict[str, object]:
    return {
        "at": record.at.isoformat(),
        "chain": record.chain,
        "seq": record.seq,
        "subject": record.subject,
        "sender": record.sender,
        "trace_id": record.trace_id,
        **record.body,
        "kind": record.kind,
    }


def _anchor(text: str) -> Anchor:
    chain, seq, link = (*text.split(":"), "", "")[:_HEAD_PARTS]
    if not (chain.isdecimal() and seq.isdecimal() and link):
        raise ConfigurationError("--head", "must be CHAIN:SEQ:LINK")
    return int(chain), int(seq), link


def _verify_files(files: Sequence[Path], anchors: Sequence[Anchor]) -> Findings:
    verifier = Verifier(anchors)
    try:
        for path in files:
            for entry in read_file(path):
                verifier.add(entry)
    except (OSError, ValueError) as error:
        found = verifier.finish()
        found.faults.append(str(error))
        return found
    return verifier.finish()


async def _verify_store(anchors: Sequence[Anchor]) -> Findings:
    async with open_trail() as opened:
        # Heads first: what is appended meanwhile only makes a chain longer.
        heads = await opened.trail.heads()
        known = [(head.chain, head.seq, head.link) for head in heads]
        verifier = Verifier((*known, *anchors))
        for chain in range(opened.keys.shards):
            async for entry in opened.trail.entries(chain):
                verifier.add(entry)
        # And the oldest numbers last: old entries may be dropped meanwhile.
        starts = {head.chain: head.start for head in await opened.trail.heads()}
    found = verifier.finish(starts)
    found.faults += [
        f"chain {chain} has entries and no head" for chain in sorted(found.heads.keys() - starts)
    ]
    return found


async def _disagreements(found: Findings) -> list[str]:
    """Return where files end before what was shipped to them, or after what Redis has."""
    faults = []
    async with open_trail() as opened:
        for head in await opened.trail.heads():
            shipped = await opened.trail.shipped(FileSink.name, head.chain)
            seq, _ = found.heads.get(head.chain, (0, ""))
            if seq < shipped:
                faults.append(
                    f"chain {head.chain} was shipped to {shipped}, the files end at {seq}"
                )
            if seq > head.seq:
                faults.append(f"chain {head.chain} in Redis ends at {head.seq}, the files at {seq}")
    return faults


async def _collect(phone: str, conversation: str, *, unmasked: bool, reason: str) -> list[Evidence]:
    async with open_trail() as opened:
        wanted = await _conversations(opened, phone, conversation)
        packs = []
        for name in wanted:
            facts = {
                "operator": operator_name(),
                "unmasked": unmasked,
                "reason": redact_stored(reason),
            }
            await opened.trail.append(names.EVIDENCE_EXPORTED, facts, conversation=name)
            stored = await opened.store.read(name, limit=TURNS)
            packs.append(
                await collect(name, stored, opened.trail, now=system_clock(), unmasked=unmasked)
            )
        return packs


async def _conversations(
    opened: OpenTrail, phone: str, conversation: str
) -> tuple[ConversationId, ...]:
    if bool(phone) == bool(conversation):
        raise ConfigurationError("--phone", "or --conversation is required, and not both")
    if conversation:
        return (ConversationId(conversation),)
    person = await Search(opened.connections, opened.keys).person(phone=number_of(phone))
    if not person.conversations:
        raise ConfigurationError("--phone", "no conversation of this sender is stored")
    return tuple(sorted(person.conversations))
