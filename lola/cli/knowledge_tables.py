"""What `lola knowledge …` prints. The work is done by the commands of the configured retriever."""

import asyncio
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from lola.app import load
from lola.cli.store import open_trail, operator_name
from lola.domain.clock import system_clock
from lola.settings import Settings, load_settings
from lola.telemetry import names
from lola.telemetry.logs import configure

BAR = 20


def build_knowledge() -> bool:
    """Build the index with a progress bar, print what is in it; return whether no file was bad."""
    settings = load_settings()
    configure("critical")
    with Progress() as bar:
        task = bar.add_task("passages", total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        report = asyncio.run(_commands(settings).build_index(settings, advance))
    console = Console()
    table = _table("Knowledge base", "documents", "passages", "languages", "folder")
    languages = ", ".join(report.languages)
    table.add_row(str(report.documents), str(report.passages), languages, str(report.folder))
    console.print(table)
    for change in report.changes:
        console.print(f"{change.kind}: {change.document}, version {change.version}")
    _print_left_out(console, report.left_out)
    return not report.left_out


def ask_knowledge(question: str, language: str, limit: int) -> None:
    """Print the passages for a question, or that there are none."""
    settings = load_settings()
    configure()
    passages = asyncio.run(_commands(settings).ask(settings, question, language, limit))
    if not passages:
        Console().print("not sure: no approved passage answers this question")
        return
    table = _table("", "id", "score", "heading", "text")
    table.show_lines = True
    for passage in passages:
        heading, text = (_marked(part, question) for part in (passage.heading, passage.text))
        table.add_row(passage.id, f"{passage.score:.2f}", heading, text)
    Console().print(table)


def evaluate_knowledge(questions: Path | None, *, missed: bool) -> None:
    """Print the figures by kind and language, with a bar for the share that was right."""
    settings = load_settings()
    configure("critical")
    console = Console()
    for name, rows in asyncio.run(_commands(settings).evaluate(settings, questions)).items():
        table = _table(
            name, "kind", "language", "asked", "recall@1", "recall@3", "MRR", "refused", ""
        )
        for row in rows:
            right = row.among_three if row.first else row.refused
            figures = (row.first, row.among_three, row.reciprocal_rank, row.refused)
            table.add_row(
                row.kind, row.language, str(row.asked), *(f"{one:.2f}" for one in figures),
                "█" * round(right * BAR),
            )  # fmt: skip
        console.print(table)
        for row in rows if missed else ():
            for question in row.missed:
                console.print(f"{row.kind} {row.language}: {escape(question)}")


def print_stale(days: int) -> None:
    """Print what is left out and what ends within `days`."""
    settings = load_settings()
    commands, console = _commands(settings), Console()
    today = system_clock().date()
    _print_left_out(console, commands.left_out(settings, today))
    ending = commands.stale(settings, days, today)
    table = _table(f"Ends within {days} days", "document", "version", "valid until", "file")
    for header, path in ending:
        table.add_row(header.id, str(header.version), str(header.valid_until), path.name)
    console.print(table if ending else f"no document ends within {days} days")


def print_difference(old: Path, new: Path) -> None:
    """Print the passages and questions that differ between two versions."""
    settings = load_settings()
    configure("critical")
    found = _commands(settings).difference(settings, old, new)
    console = Console()
    for sign, style, texts in (
        ("-", "red", found.edited.removed),
        ("+", "green", found.edited.added),
    ):
        for text in texts:
            lines = "\n".join(f"{sign} {line}" for line in text.splitlines())
            console.print(Text(f"{lines}\n", style=style))
    table = _table("Questions answered otherwise", "question", "before", "now")
    table.show_lines = True
    for question, before, now in found.questions:
        table.add_row(question, before or "not sure", now or "not sure")
    console.print(table if found.questions else "no question is answered otherwise")


def approve_document(path: Path, *, by: str, until: date | None, language: str) -> None:
    """Write the approval, and record who gave it and what exactly was approved."""
    settings = load_settings()
    approval = _commands(settings).approve(
        path, by=by, until=until, today=system_clock().date(), language=language
    )
    header = approval.header
    asyncio.run(_record(header, by, approval.digest))
    end = f" until {header.valid_until}" if header.valid_until else ""
    console = Console()
    console.print(f"{header.id}, version {header.version}, is approved by {escape(by)}{end}")
    console.print("lola knowledge build puts it into service")


def import_document(source: Path, folder: Path, language: str) -> None:
    """Write the draft and say what has to happen before it is served."""
    settings = load_settings()
    draft = _commands(settings).draft_from(source, folder, language)
    console = Console()
    console.print(f"{draft} is a draft: read it, correct its tables and headings, then")
    console.print(f"lola knowledge approve {draft} --by NAME --until YYYY-MM-DD")


async def _record(header: Any, by: str, digest: str) -> None:
    async with open_trail(create=True) as opened:
        facts = {
            "operator": operator_name(),
            "approved_by": by,
            "document": header.id,
            "version": header.version,
            "valid_until": str(header.valid_until or ""),
            "sha256": digest,
        }
        await opened.trail.append(names.KNOWLEDGE_APPROVED, facts)


def _commands(settings: Settings) -> Any:
    return load("RETRIEVER", f"{settings.retriever.partition('.')[0]}.commands")


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title or None)
    for column in columns:
        table.add_column(column)
    return table


def _print_left_out(console: Console, left_out: Iterable[object]) -> None:
    for left in left_out:
        console.print(f"[yellow]left out:[/yellow] {escape(str(left))}")


def _marked(text: str, question: str) -> Text:
    """Return a text with the words that begin like a word of the question in bold."""
    begins = {word[:5].casefold() for word in re.findall(r"\w+", question) if len(word) > 3}
    marked = Text(text)
    for word in re.finditer(r"\w+", text):
        if word[0][:5].casefold() in begins:
            marked.stylize("bold", *word.span())
    return marked
