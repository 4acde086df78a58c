"""`lola templates`: shows, submits and checks the message templates at Meta and Twilio.

It never prints a credential, and sends nothing to a sender.
"""

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from lola.app.loading import load, sender_wording
from lola.app.template_watch import managing
from lola.channel.contract import HasTemplates
from lola.channel.templates import MessageTemplate, MessageTemplates, ProviderTemplate
from lola.cli.store import open_store
from lola.delivery.templates import TemplateBook, check, submit_missing
from lola.domain.clock import system_clock
from lola.errors import ConfigurationError
from lola.safety.outgoing import open_session
from lola.settings import Settings
from lola.state.keys import Keys
from lola.telemetry.logs import configure

MARKETING = "MARKETING"
HINTS = {
    "missing": "lola templates apply",
    "unsubmitted": "lola templates apply",
    "pending": "reviews take minutes, at most a day or two",
    "rejected": "change the text in the catalogue, which makes a new template, and apply again",
    "paused": "recipients complained, or a send was refused; it comes back by itself or stays out",
    "disabled": "change the text in the catalogue, which makes a new template, and apply again",
}
REASONS = {
    "INVALID_FORMAT": "variables or layout: none at the start or end, none side by side, no copy of"
    " another template",
    "TAG_CONTENT_MISMATCH": "it does not read like a utility message: name the sender's own"
    " transfer, promise nothing",
    "INCORRECT_CATEGORY": "it does not read like a utility message: name the sender's own transfer,"
    " promise nothing",
    "PROMOTIONAL": "it reads like advertising",
    "ABUSIVE_CONTENT": "it reads like a threat, or breaks Meta's policies; an appeal is possible",
    "SCAM": "it looks like fraud to Meta: prove the business in its manager, then appeal",
}
"""Meta's reasons, in words of use (reference/channels.md 1.14)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One template on one channel, as it is known here."""

    channel: str
    template: MessageTemplate
    found: ProviderTemplate | None

    @property
    def status(self) -> str:
        """The provider's word, or that it has none."""
        return self.found.status if self.found else "missing"

    @property
    def is_usable(self) -> bool:
        """Return whether it may be sent as what it is."""
        return self.status == "approved" and not self._is_marketing

    @property
    def hint(self) -> str:
        """What an operator can do; empty for nothing."""
        if self.status == "approved":
            moved = "filed as marketing: dearer, never delivered to +1; ask for a review in Meta's"
            return f"{moved} manager" if self._is_marketing else ""
        reason = self.found.reason.partition(":")[0] if self.found else ""
        return REASONS.get(reason, HINTS[self.status])

    @property
    def _is_marketing(self) -> bool:
        return self.found is not None and self.found.category == MARKETING


def list_templates(*, as_json: bool) -> None:
    """Print every text, and what is known of it here. Raises LolaError."""
    rows, _ = asyncio.run(_run(""))
    _print(rows, as_json=as_json, with_texts=True)


def apply_templates(*, channel: str, as_json: bool) -> None:
    """Submit what a provider does not have yet, and print all. Raises LolaError."""
    rows, submitted = asyncio.run(_run(channel, is_asked=True, is_applied=True))
    _print(rows, as_json=as_json)
    if not as_json:
        Console().print(f"{submitted} submitted")


def check_templates(*, channel: str, as_json: bool) -> bool:
    """Ask the providers, print all, and return whether all are approved. Raises LolaError."""
    rows, _ = asyncio.run(_run(channel, is_asked=True))
    _print(rows, as_json=as_json)
    return all(row.is_usable for row in rows)


async def rows_of(book: TemplateBook, channels: Sequence[str]) -> list[Row]:
    """Return every template on every channel as it is known here."""
    rows = []
    for channel in channels:
        known = await book.all(channel)
        rows += [
            Row(channel=channel, template=one, found=known.get((one.name, one.language)))
            for one in book.templates
        ]
    return rows


async def connectors_of(settings: Settings, stack: AsyncExitStack) -> tuple[HasTemplates, ...]:
    """Build the channels whose templates are managed; `stack` closes them."""
    http = await stack.enter_async_context(open_session())
    kinds = [load("CHANNELS", name) for name in settings.channels]
    built = [kind.build(settings, http, system_clock) for kind in kinds]
    for connector in built:
        stack.push_async_callback(connector.close)
    return managing(built)


async def _run(
    channel: str, *, is_asked: bool = False, is_applied: bool = False
) -> tuple[list[Row], int]:
    # The table says it all, and programs read the output.
    configure("critical")
    async with AsyncExitStack() as stack:
        settings, connections = await stack.enter_async_context(open_store())
        connectors = await connectors_of(settings, stack)
        chosen = [one for one in connectors if channel in {"", one.name}]
        if not chosen:
            names = ", ".join(one.name for one in connectors) or "none"
            raise ConfigurationError(
                "CHANNELS",
                f"no such channel has templates to manage; these have: {names}",
                hint="set WHATSAPP_BUSINESS_ACCOUNT_ID, or TWILIO_WHATSAPP_FROM with its account",
            )
        texts = MessageTemplates(sender_wording(settings))
        book = TemplateBook(connections, Keys(settings.project_name), texts)
        submitted = 0
        for connector in chosen if is_asked else ():
            if is_applied:
                submitted += len(await submit_missing(connector, book))
            else:
                await check(connector, book)
        return await rows_of(book, [one.name for one in chosen]), submitted


def _print(rows: Sequence[Row], *, as_json: bool, with_texts: bool = False) -> None:
    if as_json:
        print(json.dumps([_json(row) for row in rows], ensure_ascii=False, indent=2))  # noqa: T201 - the command's output
        return
    table = Table(title="Message templates")
    columns = ("channel", "template", "language", "status", "text" if with_texts else "hint")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        reason = row.found.reason if row.found else ""
        table.add_row(
            row.channel,
            row.template.name,
            row.template.language,
            f"{row.status} {reason}".strip(),
            row.template.text if with_texts else row.hint,
        )
    Console().print(table)


def _json(row: Row) -> dict[str, object]:
    template, found = row.template, row.found
    return {
        "channel": row.channel,
        "key": template.key,
        "name": template.name,
        "language": template.language,
        "text": template.text,
        "samples": template.samples(),
        "status": row.status,
        "category": found.category if found else "",
        "reason": found.reason if found else "",
        "hint": row.hint,
    }
