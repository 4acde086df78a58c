"""`lola m2m users` and `lola m2m cip`: the people that the partner knows."""

from typing import Annotated, Literal

import typer

from lola.cli.m2m.arguments import (
    AsJson,
    From,
    Limit,
    LinkId,
    Phone,
    Reason,
    Reference,
    TicketId,
    To,
    Unmask,
    UserId,
    options_of,
)

users = typer.Typer(
    no_args_is_help=True, help="The people that the partner knows, by their references."
)
cip = typer.Typer(no_args_is_help=True, help="Identity checks.")


@users.command("list")
def users_list(
    context: typer.Context,
    reference: Reference = "",
    phone: Phone = "",
    cip_status: Annotated[
        Literal["not_started", "pending", "verified", "failed"] | None, typer.Option()
    ] = None,
    blocked: Annotated[bool | None, typer.Option("--blocked/--not-blocked")] = None,
    since: From = "",
    until: To = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Print users, newest first."""
    from lola.cli.m2m import reads
    from lola.partners.m2m import CipStatus

    options = options_of(context, as_json)
    who = reads.sender(options, reference, phone)
    first = reads.instant_of(options, "--from", since)
    last = reads.instant_of(options, "--to", until)
    reads.list_of(
        options,
        reads.USER_COLUMNS,
        limit,
        lambda client: client.list_users(
            reference_id=who,
            cip_status=CipStatus(cip_status) if cip_status else None,
            blocked=blocked,
            created_from=first,
            created_to=last,
        ),
    )


@users.command("show")
def users_show(
    context: typer.Context, user: UserId, unmask: Unmask = "", as_json: AsJson = False
) -> None:
    """Print one user: identity check, block, statistics."""
    from lola.cli.m2m import reads

    options = options_of(context, as_json, unmask)
    reads.one_of(options, user, lambda client: client.get_user(user))


@users.command("block")
def users_block(
    context: typer.Context, user: UserId, reason: Reason, as_json: AsJson = False
) -> None:
    """Block a user: no new link, no completed transfer. The partner keeps the reason."""
    from lola.cli.m2m import changes

    options = options_of(context, as_json)
    changes.change(options, lambda desk: desk.actions.block(options.who, user, reason))


@users.command("unblock")
def users_unblock(
    context: typer.Context, user: UserId, reason: Reason, as_json: AsJson = False
) -> None:
    """Lift a block."""
    from lola.cli.m2m import changes

    options = options_of(context, as_json)
    changes.change(options, lambda desk: desk.actions.unblock(options.who, user, reason))


@cip.command("readiness")
def cip_readiness(context: typer.Context, link_id: LinkId, as_json: AsJson = False) -> None:
    """Print whether a link has what an identity check needs; exit code 1 when it has not."""
    from lola.cli.m2m import reads

    reads.show_readiness(options_of(context, as_json), link_id)


@cip.command("list")
def cip_list(
    context: typer.Context, link_id: LinkId, unmask: Unmask = "", as_json: AsJson = False
) -> None:
    """Print the steps of a link's identity checks, from its timeline."""
    from lola.cli.m2m import reads

    reads.show_activity(options_of(context, as_json, unmask), link_id, reads.CIP_STEPS)


@cip.command("show")
def cip_show(
    context: typer.Context,
    link_id: LinkId,
    ticket: TicketId,
    unmask: Unmask = "",
    as_json: AsJson = False,
) -> None:
    """Print one identity check, from the link's timeline."""
    from lola.cli.m2m import reads

    reads.show_cip_ticket(options_of(context, as_json, unmask), link_id, ticket)


@cip.command("create")
def cip_create(
    context: typer.Context,
    link_id: LinkId,
    reason: Reason,
    unmask: Unmask = "",
    as_json: AsJson = False,
) -> None:
    """Begin an identity check. The address of its page needs --unmask."""
    from lola.cli.m2m import changes

    changes.create_cip_ticket(options_of(context, as_json, unmask), link_id, reason)
