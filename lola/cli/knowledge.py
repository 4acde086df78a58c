"""The command group `lola knowledge`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from lola.text.languages import Language

knowledge = typer.Typer(no_args_is_help=True, help="The approved knowledge base.")

File = Annotated[Path, typer.Argument(help="a Markdown document", exists=True, dir_okay=False)]
Questions = Annotated[
    Path | None, typer.Option(help="your own questions; docs/knowledge.md has the form")
]


@knowledge.command("build")
def build() -> None:
    """Check the documents, build the index and print what changed. Status 1 if files were left out.

    A running service takes the new index over by itself.
    """
    from lola.cli.knowledge_tables import build_knowledge

    if not build_knowledge():
        raise typer.Exit(1)


@knowledge.command("ask")
def ask(
    question: Annotated[str, typer.Argument(help="the question, as a sender would ask it")],
    language: Annotated[Language, typer.Option(help="language of the question")] = "es",
    limit: Annotated[int, typer.Option(min=1, max=24, help="at most so many passages")] = 3,
) -> None:
    """Print the passages that answer a question, with scores and the words that matched."""
    from lola.cli.knowledge_tables import ask_knowledge

    ask_knowledge(question, language, limit)


@knowledge.command("eval")
def evaluate(
    questions: Questions = None,
    *,
    missed: Annotated[bool, typer.Option(help="list the questions that were missed")] = False,
) -> None:
    """Measure the search: recall, rank and refusals by language and kind of question."""
    from lola.cli.knowledge_tables import evaluate_knowledge

    evaluate_knowledge(questions, missed=missed)


@knowledge.command("stale")
def stale(
    days: Annotated[int, typer.Option(min=0, help="how far ahead to look")] = 30,
) -> None:
    """Print the documents that are left out, and those whose validity ends soon."""
    from lola.cli.knowledge_tables import print_stale

    print_stale(days)


@knowledge.command("diff")
def diff(
    old: Annotated[Path, typer.Argument(help="the older version", exists=True, dir_okay=False)],
    new: Annotated[Path, typer.Argument(help="the newer version", exists=True, dir_okay=False)],
) -> None:
    """Print the passages that a new version changes, and the questions it answers otherwise."""
    from lola.cli.knowledge_tables import print_difference

    print_difference(old, new)


@knowledge.command("approve")
def approve(
    file: File,
    by: Annotated[str, typer.Option(help="who approves it: a person or an office of the bank")],
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the last day it is valid")
    ] = None,
    language: Annotated[
        Language, typer.Option(help="its language, where its header names none")
    ] = "es",
) -> None:
    """Write who approved a document, and until when, into its header and the audit trail."""
    from lola.cli.knowledge_tables import approve_document

    approve_document(file, by=by, until=until.date() if until else None, language=language)


@knowledge.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="a DOCX, PDF or HTML file", exists=True, dir_okay=False)
    ],
    into: Annotated[Path, typer.Option(help="folder for the Markdown draft")],
    language: Annotated[Language, typer.Option(help="its language")] = "es",
) -> None:
    """Turn a bank's own file into a Markdown draft, which is not served before its approval."""
    from lola.cli.knowledge_tables import import_document

    import_document(file, into, language)
