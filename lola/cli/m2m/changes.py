"""The `lola m2m` commands that change something: each with a reason, each recorded."""

import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TextIO

import typer
from pydantic import BaseModel

from lola.cli.m2m.output import show_one
from lola.cli.m2m.session import REFUSED, Desk, Options, open_desk, run
from lola.domain.messages import JsonObject
from lola.errors import ConfigurationError, PartnerUnavailableError, StaffActionError
from lola.escalation.partner_actions import checked_reason
from lola.partners.m2m.model import SettingChanges

AFTER_ROTATION = (
    "put it in front of the present one (M2M_WEBHOOK_SECRET=new,old) and restart every gateway; "
    "until then webhooks are refused, and the partner sends them again"
)
LOST = "the secret may have changed: run the command again, or webhooks stay refused"


def change(options: Options, work: Callable[[Desk], Awaitable[BaseModel | JsonObject]]) -> None:
    """Carry out an action and print what the partner says."""

    async def act() -> BaseModel | JsonObject:
        async with open_desk() as desk:
            return await work(desk)

    show_one(run(options, act, changes=True), as_json=options.as_json, unmask=bool(options.unmask))


def update_settings(options: Options, reason: str, changes: SettingChanges) -> None:
    """Change the account's settings. Without a change nothing is asked."""

    async def work(desk: Desk) -> BaseModel:
        if not changes:
            raise StaffActionError(
                "nothing", "nothing to change", hint="name a setting, such as --theme dark"
            )
        return await desk.actions.update_settings(options.who, reason, **changes)

    change(options, work)


def create_cip_ticket(options: Options, link_id: str, reason: str) -> None:
    """Begin an identity check. Its address opens the page, so it is shown to `--unmask` only."""

    async def work(desk: Desk) -> BaseModel:
        if options.unmask:
            await desk.actions.unmask(options.who, link_id, options.unmask)
        check, is_told = await desk.actions.request_verification(options.who, link_id, reason)
        if not is_told:
            typer.echo("the sender is not told: no conversation here has this link", err=True)
        return check

    change(options, work)


def redeliver(options: Options, delivery_id: str, reason: str) -> None:
    """Take a webhook from the partner's log as if it came now, and print the outcome."""

    async def work(desk: Desk) -> JsonObject:
        outcome = await desk.actions.redeliver(options.who, delivery_id, reason)
        return {"deliveryId": delivery_id, "outcome": outcome}

    change(options, work)


def set_webhook(options: Options, url: str, *, off: bool, reason: str) -> None:
    """Set the webhook address, or none. Raises for both or neither, and for no https."""

    async def work(desk: Desk) -> BaseModel:
        if off == bool(url):
            raise ConfigurationError("URL", "give either an address or --off")
        is_local = url.startswith(("http://127.0.0.1:", "http://localhost:"))
        if url and not (url.startswith("https://") or is_local):
            raise ConfigurationError("URL", "must begin with https://")
        return await desk.actions.set_webhook(options.who, url or None, reason)

    change(options, work)


def rotate_secret(options: Options, reason: str, *, to: Path | None, print_it: bool) -> None:
    """Replace the webhook secret; the new one goes to a file of mode 0600, or is printed once.

    The file is made first: the partner shows the secret only in this one response.
    """

    async def act() -> str:
        if print_it == (to is not None):
            raise ConfigurationError("--to", "give a file, or --print to see the secret once")
        checked_reason(reason)
        with _new_file(to) if to else nullcontext() as file:
            async with open_desk() as desk:
                new = await desk.actions.rotate_secret(options.who, reason)
            secret = new.webhook_secret.get_secret_value()
            if file is not None:
                file.write(f"{secret}\n")
        return secret

    secret = run(options, act, changes=True)
    show_one({"webhookSecret": secret} if print_it else {"file": str(to)}, as_json=options.as_json)
    sys.stderr.write(f"{AFTER_ROTATION}\n")


def retry_kept(options: Options, event_id: str, reason: str) -> None:
    """Try a kept event now; exit code 1 when its ticket is still not found."""

    async def act() -> bool:
        async with open_desk() as desk:
            return await desk.actions.retry_kept(options.who, event_id, reason)

    found = run(options, act, changes=True)
    show_one({"id": event_id, "ticketFound": found}, as_json=options.as_json)
    if not found:
        raise typer.Exit(REFUSED)


def discard_kept(options: Options, event_id: str, reason: str) -> None:
    """Forget a kept event for good."""

    async def work(desk: Desk) -> JsonObject:
        await desk.actions.discard_kept(options.who, event_id, reason)
        return {"id": event_id, "discarded": True}

    change(options, work)


@contextmanager
def _new_file(path: Path) -> Iterator[TextIO]:
    """Open a file that only this user can read. Without a secret to write it is removed again."""
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigurationError("--to", f"{path} cannot be made: {error.strerror}") from None
    try:
        with os.fdopen(opened, "w") as file:
            yield file
    except PartnerUnavailableError as error:
        path.unlink()
        error.hint = LOST
        raise
    except BaseException:
        path.unlink()
        raise
