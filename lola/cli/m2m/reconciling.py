"""`lola m2m reconcile`: compares tickets with the partner's records now, or only reports."""

from contextlib import AsyncExitStack

import typer

from lola.app.local_secrets import with_local_secrets
from lola.app.partners import build_partners, build_tokens
from lola.app.reconciler import build_reconciler
from lola.app.state import open_state
from lola.cli.m2m.output import show_list, write_json
from lola.cli.m2m.session import (
    REFUSED,
    UNAVAILABLE,
    Options,
    not_here,
    run,
    settings_with_partner,
)
from lola.domain.clock import system_clock
from lola.money.reconciliation import Reconciliation
from lola.safety.outgoing import open_session
from lola.safety.output.outgoing import NO_ORIGIN
from lola.telemetry.metrics import Metrics

COLUMNS = (
    "difference", "is_repaired", "ticket", "ticket_status", "operation", "partner_status", "link",
)  # fmt: skip


def reconcile(options: Options, *, dry: bool) -> None:
    """Run once and print the differences.

    Exit code 3 when the partner failed, 1 when the run was not complete or another one is going on.
    """

    async def compare() -> Reconciliation:
        async with AsyncExitStack() as stack:
            settings = with_local_secrets(settings_with_partner())
            http = await stack.enter_async_context(open_session())
            state = await open_state(settings, system_clock, stack, not_here, NO_ORIGIN)
            tokens = build_tokens(settings)
            partners = build_partners(settings, system_clock, http, state, tokens)
            reconciler = build_reconciler(settings, system_clock, state, partners, Metrics())
            return await reconciler.run(dry=dry)

    report = run(options, compare, changes=not dry)
    if options.as_json:
        write_json(report.to_json())
    else:
        show_list([one.to_json() for one in report.findings], COLUMNS, as_json=False)
        typer.echo(
            f"{report.outcome}: {report.operations} operations, {report.links} links, "
            f"{report.tickets} tickets, {sum(report.counts.values())} new differences",
            err=True,
        )
    if report.outcome != "complete":
        raise typer.Exit(UNAVAILABLE if report.outcome == "partner_failed" else REFUSED)
