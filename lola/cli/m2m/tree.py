"""The tree of the `lola m2m` commands. What they do is imported when one runs."""

from typing import Annotated

import typer

from lola.cli.m2m.account_commands import settings, webhook
from lola.cli.m2m.arguments import AsJson, Limit, options_of
from lola.cli.m2m.event_commands import deliveries, kept
from lola.cli.m2m.people_commands import cip, users
from lola.cli.m2m.transfer_commands import link, operations

m2m = typer.Typer(
    no_args_is_help=True,
    help="The M2M partner account: settings, users, links, operations, webhooks (docs/m2m.md).",
)
GROUPS = {
    "settings": settings,
    "users": users,
    "link": link,
    "operations": operations,
    "cip": cip,
    "deliveries": deliveries,
    "webhook": webhook,
    "kept": kept,
}
for _name, _group in GROUPS.items():
    m2m.add_typer(_group, name=_name)


@m2m.callback()
def operator(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Option(
            "--operator",
            envvar="LOLA_OPERATOR",
            help="who you are, for the record; default: the user of this machine",
        ),
    ] = "",
) -> None:
    """Remember who runs the command."""
    context.obj = name


@m2m.command()
def profile(context: typer.Context, as_json: AsJson = False) -> None:
    """Print the partner account behind the key."""
    from lola.cli.m2m import reads

    reads.one_of(options_of(context, as_json), "", lambda client: client.profile())


@m2m.command()
def audit(context: typer.Context, limit: Limit = 50, as_json: AsJson = False) -> None:
    """Print what staff and operators did at the partner, newest last."""
    from lola.cli.m2m import reads

    reads.list_audit(options_of(context, as_json), limit)


@m2m.command()
def reconcile(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="only report; nothing is enqueued or kept")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare tickets with the partner's operations and links now, as the worker does."""
    from lola.cli.m2m import reconciling

    reconciling.reconcile(options_of(context, as_json), dry=dry_run)
