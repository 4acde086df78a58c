"""`lola m2m deliveries` and `lola m2m kept`: what the partner reported."""

from typing import Annotated, Literal

import typer

from lola.cli.m2m.arguments import (
    AsJson,
    DeliveryId,
    EventId,
    From,
    Limit,
    Phone,
    Reason,
    Reference,
    To,
    Unmask,
    options_of,
)

deliveries = typer.Typer(no_args_is_help=True, help="The partner's log of webhooks.")
kept = typer.Typer(no_args_is_help=True, help="Events that could not be used yet.")


@deliveries.command("list")
def deliveries_list(
    context: typer.Context,
    event: Annotated[str, typer.Option(help="only this event, such as link.opened")] = "",
    status: Annotated[Literal["pending", "delivered", "failed"] | None, typer.Option()] = None,
    of_link: Annotated[str, typer.Option("--link", help="only this link")] = "",
    reference: Reference = "",
    phone: Phone = "",
    user: Annotated[str, typer.Option(help="only this user, by the partner's id")] = "",
    since: From = "",
    until: To = "",
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Print webhooks, newest first."""
    from lola.cli.m2m import reads
    from lola.partners.m2m import DeliveryStatus

    options = options_of(context, as_json)
    who = reads.sender(options, reference, phone)
    first = reads.instant_of(options, "--from", since)
    last = reads.instant_of(options, "--to", until)
    reads.list_of(
        options,
        reads.DELIVERY_COLUMNS,
        limit,
        lambda client: client.list_deliveries(
            event=event,
            status=DeliveryStatus(status) if status else None,
            link_id=of_link,
            reference_id=who,
            user_id=user,
            created_from=first,
            created_to=last,
        ),
    )


@deliveries.command("show")
def deliveries_show(
    context: typer.Context, delivery: DeliveryId, unmask: Unmask = "", as_json: AsJson = False
) -> None:
    """Print one webhook with its payload."""
    from lola.cli.m2m import reads

    options = options_of(context, as_json, unmask)
    reads.one_of(options, delivery, lambda client: client.get_delivery(delivery))


@deliveries.command("redeliver")
def deliveries_redeliver(
    context: typer.Context, delivery: DeliveryId, reason: Reason, as_json: AsJson = False
) -> None:
    """Take a webhook from the partner's log as if it came now. What was handled counts once."""
    from lola.cli.m2m import changes

    changes.redeliver(options_of(context, as_json), delivery, reason)


@kept.command("list")
def kept_list(context: typer.Context, as_json: AsJson = False) -> None:
    """Print the kept events, oldest first."""
    from lola.cli.m2m import reads

    reads.list_kept(options_of(context, as_json))


@kept.command("retry")
def kept_retry(
    context: typer.Context, event: EventId, reason: Reason, as_json: AsJson = False
) -> None:
    """Try a kept event now; exit code 1 when its ticket is still not found."""
    from lola.cli.m2m import changes

    changes.retry_kept(options_of(context, as_json), event, reason)


@kept.command("discard")
def kept_discard(
    context: typer.Context, event: EventId, reason: Reason, as_json: AsJson = False
) -> None:
    """Forget a kept event for good."""
    from lola.cli.m2m import changes

    changes.discard_kept(options_of(context, as_json), event, reason)
