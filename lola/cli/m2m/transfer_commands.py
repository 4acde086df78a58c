"""`lola m2m link` and `lola m2m operations`: what senders were given and what they did."""

from typing import Annotated, Literal

import typer

from lola.cli.m2m.arguments import (
    AsJson,
    From,
    Limit,
    LinkId,
    OperationId,
    Phone,
    Reason,
    Reference,
    To,
    Unmask,
    options_of,
)

link = typer.Typer(no_args_is_help=True, help="Magic links. Their addresses are never shown.")
operations = typer.Typer(no_args_is_help=True, help="Transfers.")


@link.command("list")
def link_list(
    context: typer.Context,
    reference: Reference = "",
    phone: Phone = "",
    visibility: Annotated[Literal["active", "expired"] | None, typer.Option()] = None,
    status: Annotated[Literal["created", "opened", "revoked"] | None, typer.Option()] = None,
    since: From = "",
    until: To = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Print links, newest first."""
    from lola.cli.m2m import reads
    from lola.partners.m2m import LinkStatus

    options = options_of(context, as_json)
    who = reads.sender(options, reference, phone)
    first = reads.instant_of(options, "--from", since)
    last = reads.instant_of(options, "--to", until)
    reads.list_of(
        options,
        reads.LINK_COLUMNS,
        limit,
        lambda client: client.list_links(
            reference_id=who,
            visibility=visibility or "",
            status=LinkStatus(status) if status else None,
            created_from=first,
            created_to=last,
        ),
    )


@link.command("show")
def link_show(
    context: typer.Context, link_id: LinkId, unmask: Unmask = "", as_json: AsJson = False
) -> None:
    """Print one link with its user and its operation."""
    from lola.cli.m2m import reads

    options = options_of(context, as_json, unmask)
    reads.one_of(options, link_id, lambda client: client.get_link(link_id))


@link.command("activity")
def link_activity(
    context: typer.Context, link_id: LinkId, unmask: Unmask = "", as_json: AsJson = False
) -> None:
    """Print what happened to a link, oldest first."""
    from lola.cli.m2m import reads

    reads.show_activity(options_of(context, as_json, unmask), link_id)


@link.command("revoke")
def link_revoke(
    context: typer.Context, link_id: LinkId, reason: Reason, as_json: AsJson = False
) -> None:
    """Revoke a link that was not used. The partner keeps the reason."""
    from lola.cli.m2m import changes

    options = options_of(context, as_json)
    changes.change(options, lambda desk: desk.actions.revoke(options.who, link_id, reason))


@operations.command("list")
def operations_list(
    context: typer.Context,
    reference: Reference = "",
    phone: Phone = "",
    user: Annotated[str, typer.Option(help="only this user, by the partner's id")] = "",
    of_link: Annotated[str, typer.Option("--link", help="only this link")] = "",
    status: Annotated[
        Literal["created", "processing", "completed", "failed", "cancelled"] | None,
        typer.Option(),
    ] = None,
    since: From = "",
    until: To = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Print operations, newest first."""
    from lola.cli.m2m import reads
    from lola.partners.m2m import OperationStatus

    options = options_of(context, as_json)
    who = reads.sender(options, reference, phone)
    first = reads.instant_of(options, "--from", since)
    last = reads.instant_of(options, "--to", until)
    reads.list_of(
        options,
        reads.OPERATION_COLUMNS,
        limit,
        lambda client: client.list_operations(
            reference_id=who,
            user_id=user,
            link_id=of_link,
            status=OperationStatus(status) if status else None,
            created_from=first,
            created_to=last,
        ),
    )


@operations.command("show")
def operations_show(
    context: typer.Context, operation: OperationId, unmask: Unmask = "", as_json: AsJson = False
) -> None:
    """Print one operation with its timeline."""
    from lola.cli.m2m import reads

    options = options_of(context, as_json, unmask)
    reads.one_of(options, operation, lambda client: client.get_operation(operation))
