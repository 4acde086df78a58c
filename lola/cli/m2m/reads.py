"""The `lola m2m` commands that only read."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime

import typer
from pydantic import BaseModel

from lola.cli.m2m.output import show_list, show_one, taken
from lola.cli.m2m.session import (
    REFUSED,
    Options,
    open_client,
    open_desk,
    open_reader,
    reference_of,
    run,
    settings_with_partner,
)
from lola.domain.messages import JsonObject
from lola.errors import ConfigurationError, StaffActionError
from lola.partners.m2m import M2MClient
from lola.partners.m2m.masking import shown
from lola.partners.m2m.model import ActivityStep
from lola.settings import secrets_in

USER_COLUMNS = ("userId", "referenceId", "cipStatus", "blocked", "createdAt", "lastActivityAt")
LINK_COLUMNS = ("linkId", "referenceId", "status", "operationId", "createdAt", "expiresAt")
OPERATION_COLUMNS = (
    "operationId", "status", "amount.send", "amount.currency.source", "amount.receive",
    "amount.currency.destination", "referenceId", "createdAt",
)  # fmt: skip
DELIVERY_COLUMNS = (
    "deliveryId", "event", "status", "attempts", "responseStatus", "linkId", "createdAt",
)  # fmt: skip
STEP_COLUMNS = ("timestamp", "type", "details")
KEPT_COLUMNS = ("id", "event", "reason", "attempts", "keptAt", "nextTry", "ids", "ticket")
AUDIT_COLUMNS = ("at", "who", "action", "subject", "outcome", "reason")
CIP_STEPS = "cip."


def list_of(
    options: Options,
    columns: Sequence[str],
    limit: int,
    find: Callable[[M2MClient], AsyncIterator[BaseModel]],
) -> None:
    """Print the newest `limit` items of a list."""

    async def read() -> tuple[list[BaseModel], bool]:
        async with open_client() as client:
            return await taken(find(client), limit)

    items, more = run(options, read)
    rows = [shown(item) for item in items]
    show_list(rows, columns, as_json=options.as_json, more=more)


def one_of(
    options: Options, subject: str, find: Callable[[M2MClient], Awaitable[BaseModel]]
) -> None:
    """Print one value, with personal data when the operator gave a reason."""

    async def read() -> BaseModel:
        async with open_reader(options, subject) as client:
            return await find(client)

    show_one(run(options, read), as_json=options.as_json, unmask=bool(options.unmask))


def sender(options: Options, reference: str, phone: str) -> str:
    """Return the partner's reference of the sender that the command names."""

    async def find() -> str:
        return reference_of(reference, phone)

    return run(options, find)


def instant_of(options: Options, name: str, text: str) -> datetime | None:
    """Return an instant in ISO 8601; without a time zone it is UTC. None for an empty text."""

    async def read() -> datetime | None:
        try:
            found = datetime.fromisoformat(text) if text else None
        except ValueError:
            raise ConfigurationError(
                name, "is no date", hint="for instance 2026-02-10 or 2026-02-10T12:00Z"
            ) from None
        return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found

    return run(options, read)


def show_activity(options: Options, link_id: str, kind: str = "") -> None:
    """Print the timeline of a link, oldest first; only steps that begin with `kind`."""

    async def read() -> tuple[ActivityStep, ...]:
        async with open_reader(options, link_id) as client:
            return await client.link_activity(link_id)

    steps = [step for step in run(options, read) if step.type.startswith(kind)]
    rows = [shown(step, unmask=bool(options.unmask)) for step in steps]
    show_list(rows, STEP_COLUMNS, as_json=options.as_json)


def show_cip_ticket(options: Options, link_id: str, ticket_id: str) -> None:
    """Print the steps of one identity check, and how it ended so far.

    The partner has no route that returns a ticket, so its steps come from the link's timeline.
    """

    async def read() -> JsonObject:
        async with open_reader(options, link_id) as client:
            steps = await client.link_activity(link_id)
        own = [
            step
            for step in steps
            if step.type.startswith(CIP_STEPS) and (step.details or {}).get("ticketId") == ticket_id
        ]
        if not own:
            raise StaffActionError(
                "unknown",
                "the link's timeline has no such ticket",
                hint=f"lola m2m cip list {link_id}",
            )
        ended = own[-1].type.removeprefix(CIP_STEPS)
        return {
            "ticketId": ticket_id,
            "linkId": link_id,
            "status": "pending" if ended == "ticket_created" else ended,
            "steps": [shown(step, unmask=bool(options.unmask)) for step in own],
        }

    show_one(run(options, read), as_json=options.as_json)


def show_readiness(options: Options, link_id: str) -> None:
    """Print whether a link has what an identity check needs; exit code 1 when it has not."""

    async def read() -> tuple[JsonObject, bool]:
        async with open_client() as client:
            found = await client.cip_readiness(link_id)
        return shown(found), found.ready

    fields, ready = run(options, read)
    show_one(fields, as_json=options.as_json)
    if not ready:
        raise typer.Exit(REFUSED)


def show_webhook_config(options: Options) -> None:
    """Print the webhook address, and whether its secret is among those of the settings."""

    async def read() -> JsonObject:
        known = secrets_in(settings_with_partner().m2m_webhook_secret)
        async with open_client() as client:
            config = await client.get_webhook_config()
        end = (config.secret_preview or "").rpartition("*")[2]
        return {
            "webhookUrl": config.webhook_url,
            "secretPreview": config.secret_preview,
            "secretIsInSettings": any(secret.endswith(end) for secret in known) if end else None,
        }

    show_one(run(options, read), as_json=options.as_json)


def list_kept(options: Options) -> None:
    """Print the kept events, oldest first. They hold ids and names of fields only."""

    async def read() -> list[JsonObject]:
        async with open_desk() as desk:
            kept = await desk.state.kept_events.all()
        return [
            {
                "id": one.id,
                "event": one.body.get("event"),
                "reason": one.reason,
                "attempts": one.attempts,
                "keptAt": one.kept_at.isoformat(timespec="seconds"),
                "nextTry": one.next_try and one.next_try.isoformat(timespec="seconds"),
                "ids": one.body.get("ids", {}),
                "ticket": one.body.get("ticket"),
            }
            for one in kept
        ]

    show_list(run(options, read), KEPT_COLUMNS, as_json=options.as_json)


def list_audit(options: Options, limit: int) -> None:
    """Print what staff and operators did at the partner, oldest first."""

    async def read() -> list[JsonObject]:
        async with open_desk() as desk:
            records = await desk.state.staff_audit.newest(limit)
        return [
            {
                "at": record.at.isoformat(timespec="seconds"),
                "who": record.who,
                "action": record.action,
                "subject": record.subject,
                "outcome": record.outcome,
                "reason": record.reason,
            }
            for record in records
        ]

    show_list(run(options, read), AUDIT_COLUMNS, as_json=options.as_json)
