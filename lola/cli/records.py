"""The command groups `lola audit` and `lola privacy`."""

from pathlib import Path
from typing import Annotated

import typer

audit = typer.Typer(no_args_is_help=True, help="What was done: the hash-chained audit trail.")
privacy = typer.Typer(no_args_is_help=True, help="What is stored about one sender.")

Phone = Annotated[str, typer.Option(help="the sender's telephone number, in any spelling")]
Conversation = Annotated[str, typer.Option(help="a conversation's id, as logs have it")]
Out = Annotated[
    Path, typer.Option(help="file to write, readable by its owner only; it must not exist")
]


@audit.command("list")
def audit_list(
    phone: Phone = "",
    conversation: Conversation = "",
    kind: Annotated[str, typer.Option(help="only this kind, such as turn or ticket")] = "",
    staff: Annotated[str, typer.Option(help="only what this staff member did")] = "",
    hours: Annotated[float, typer.Option(help="only the last so many hours; 0: all")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="the newest so many")] = 100,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
) -> None:
    """Print records, oldest first."""
    from lola.cli.audit import Filters, list_records

    filters = Filters(
        phone=phone, conversation=conversation, kind=kind, staff=staff, hours=hours, limit=limit
    )
    list_records(filters, as_json=as_json)


@audit.command("verify")
def audit_verify(
    from_file: Annotated[
        list[Path] | None, typer.Option(help="verify shipped files, in order, instead of Redis")
    ] = None,
    head: Annotated[
        list[str] | None,
        typer.Option(help="CHAIN:SEQ:LINK that must be in it, from a log line audit.anchor"),
    ] = None,
    *,
    offline: Annotated[
        bool, typer.Option(help="do not compare the files with Redis, which may be out of reach")
    ] = False,
) -> None:
    """Prove the chains. Status 1 when a record was removed, changed or reordered."""
    from lola.cli.audit import verify_trail

    if not verify_trail(from_file or [], head or [], offline=offline):
        raise typer.Exit(1)


@audit.command("export")
def audit_export(
    out: Annotated[
        Path, typer.Option(help="file without ending: .html and .json are written; must not exist")
    ],
    phone: Phone = "",
    conversation: Conversation = "",
    reason: Annotated[str, typer.Option(help="why, required with --unmasked")] = "",
    *,
    unmasked: Annotated[bool, typer.Option(help="show names and numbers; it is recorded")] = False,
) -> None:
    """Write the evidence pack of a conversation, as HTML and JSON."""
    from lola.cli.audit import export_evidence

    export_evidence(out, phone=phone, conversation=conversation, unmasked=unmasked, reason=reason)


@privacy.command("export")
def privacy_export(out: Out, phone: Phone = "", conversation: Conversation = "") -> None:
    """Write everything that is stored about a sender as JSON."""
    from lola.cli.privacy import export_data

    export_data(out, phone=phone, conversation=conversation)


@privacy.command("erase")
def privacy_erase(
    phone: Phone,
    force: Annotated[str, typer.Option(help="erase although a transfer is open, and why")] = "",
    *,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Erase a sender, and print what was removed and what stays."""
    from lola.cli.privacy import erase_data

    if not yes:
        typer.confirm("Erase everything that is stored about this sender?", abort=True)
    erase_data(phone, force=force)
