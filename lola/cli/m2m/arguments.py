"""The arguments and options that several `lola m2m` commands share."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lola.cli.m2m.session import Options

AsJson = Annotated[bool, typer.Option("--json", help="print JSON, with the partner's names")]
Reason = Annotated[str, typer.Option(help="why, at most 500 characters; it is recorded")]
Unmask = Annotated[
    str, typer.Option(metavar="REASON", help="show personal data; the reason is recorded")
]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="how many, the newest")]
Reference = Annotated[str, typer.Option(help="only this sender, by the partner's reference")]
Phone = Annotated[str, typer.Option(help="only the sender with this telephone number")]
From = Annotated[str, typer.Option("--from", help="made then or later, ISO 8601")]
To = Annotated[str, typer.Option("--to", help="made then or earlier, ISO 8601")]
UserId = Annotated[str, typer.Argument(metavar="USER", help="the partner's id of the user")]
LinkId = Annotated[str, typer.Argument(metavar="LINK", help="the link's id")]
OperationId = Annotated[str, typer.Argument(metavar="OPERATION", help="the operation's id")]
DeliveryId = Annotated[str, typer.Argument(metavar="DELIVERY", help="the delivery's id")]
TicketId = Annotated[str, typer.Argument(metavar="TICKET", help="the ticket's id")]
EventId = Annotated[str, typer.Argument(metavar="EVENT", help="the kept event's id")]


def options_of(context: typer.Context, as_json: bool = False, unmask: str = "") -> "Options":
    """Return what the command was given, with the operator's name."""
    from lola.cli.m2m.session import Options

    who = context.obj or getpass.getuser()
    return Options(who=f"cli:{who}", as_json=as_json, unmask=unmask)
