"""What the providers say of our templates, kept for every process, and the choice of one for a row.

A template is sent only while the newest word on it, by webhook, by `lola templates` or by the
worker's own look, is that it is approved.
"""

import json
from collections.abc import Awaitable, Collection, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final, cast

import structlog
from pydantic import TypeAdapter, ValidationError

from lola.channel.contract import HasTemplates
from lola.channel.templates import (
    FilledTemplate,
    MessageTemplate,
    MessageTemplates,
    ProviderTemplate,
)
from lola.delivery.model import OutboxRow
from lola.state.connection import Connections, store_errors
from lola.state.keys import Keys
from lola.telemetry import names

KEPT_SECONDS: Final = 8 * 24 * 60 * 60
"""How long a status counts that nothing has confirmed since."""
INVITED_SECONDS: Final = 24 * 60 * 60
"""How long a sender who was asked to write is not asked again."""

_STORED: TypeAdapter[ProviderTemplate] = TypeAdapter(ProviderTemplate)

log = structlog.get_logger(__name__)


class TemplateBook:
    """The statuses of all templates by channel. Every method raises StoreUnavailableError."""

    def __init__(self, connections: Connections, keys: Keys, templates: MessageTemplates) -> None:
        self._redis = connections.commands
        self._keys = keys
        self.templates = templates

    async def all(self, channel: str) -> dict[tuple[str, str], ProviderTemplate]:
        """Return what is known of a channel's templates, by name and language."""
        with store_errors():
            stored = await cast(
                "Awaitable[dict[str, str]]", self._redis.hgetall(self._key(channel))
            )
        found = filter(None, map(_read, stored.values()))
        return {(one.name, one.language): one for one in found}

    async def replace(self, channel: str, found: Iterable[ProviderTemplate]) -> None:
        """Keep exactly these: one that its provider no longer has is forgotten."""
        await self._write(channel, found, forget=True)

    async def record(self, channel: str, found: Iterable[ProviderTemplate]) -> None:
        """Keep news of single templates. A webhook's words leave out what is known already."""
        known = await self.all(channel)
        await self._write(channel, (_merged(known, one) for one in found), forget=False)

    async def hear(self, channel: str, reported: Collection[ProviderTemplate]) -> None:
        """Keep and log what a webhook says."""
        await self.record(channel, reported)
        for one in reported:
            log_status(channel, one)

    async def choose(self, channel: str, row: OutboxRow) -> FilledTemplate | None:
        """Return the approved template that says what a row says, filled; None when none does."""
        if row.message.notice is None:
            return None
        template = self.templates.of(row.message.notice, row.language)
        if template is None:
            return None
        known = (await self.all(channel)).get((template.name, template.language))
        values = template.fill(row.message.notice.values)
        if known is None or known.status != "approved" or values is None:
            log.warning(
                names.TEMPLATE_UNUSABLE,
                row=row.id,
                channel=channel,
                template=template.name,
                language=template.language,
                status=known.status if known else "missing",
                filled=values is not None,
            )
            return None
        return FilledTemplate(template=template, values=values, provider=known)

    async def refuse(self, channel: str, filled: FilledTemplate, reason: str) -> None:
        """Note that the provider does not take a template, until it says something newer."""
        refused = replace(filled.provider, status="paused", reason=f"refused at sending: {reason}")
        await self.record(channel, (refused,))

    async def was_invited(self, row: OutboxRow) -> bool:
        """Return whether the sender was asked to write a day ago at most, and has not since."""
        with store_errors():
            known = await self._redis.get(self._invited(row))
        return known is not None and known == _silence_of(row)

    async def note_invited(self, row: OutboxRow) -> None:
        """Remember for a day that the sender was asked to write."""
        with store_errors():
            await self._redis.set(self._invited(row), _silence_of(row), ex=INVITED_SECONDS)

    def _invited(self, row: OutboxRow) -> str:
        return self._keys.record("invited", row.conversation)

    async def _write(
        self, channel: str, found: Iterable[ProviderTemplate], *, forget: bool
    ) -> None:
        key = self._key(channel)
        fields: dict[Any, Any] = {
            f"{one.name} {one.language}": json.dumps(asdict(one)) for one in found
        }
        with store_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                if forget:
                    pipe.delete(key)
                if fields:
                    pipe.hset(key, mapping=fields)
                pipe.expire(key, KEPT_SECONDS)
                await pipe.execute()

    def _key(self, channel: str) -> str:
        return self._keys.hash(f"templates-{channel}")


def _silence_of(row: OutboxRow) -> str:
    """Return what is the same for all rows until the sender writes again."""
    return row.heard_at.isoformat() if row.heard_at else "unknown"


def _read(stored: str) -> ProviderTemplate | None:
    try:
        return _STORED.validate_json(stored)
    except ValidationError:
        return None


def _merged(
    known: Mapping[tuple[str, str], ProviderTemplate], news: ProviderTemplate
) -> ProviderTemplate:
    before = known.get((news.name, news.language))
    if before is None:
        return news
    return replace(news, id=news.id or before.id, category=news.category or before.category)


async def check(connector: HasTemplates, book: TemplateBook) -> None:
    """Ask the provider about all templates and keep its words. Raises LolaError."""
    before = await book.all(connector.name)
    found = await connector.list_templates()
    await book.replace(connector.name, found)
    for one in found:
        known = before.get((one.name, one.language))
        if known is None or known.status != one.status:
            log_status(connector.name, one)


async def submit_missing(
    connector: HasTemplates, book: TemplateBook
) -> tuple[MessageTemplate, ...]:
    """Submit the templates that the provider does not have, and return them. Raises LolaError.

    What was submitted before an error stays; the next call goes on behind it.
    """
    await check(connector, book)
    known = await book.all(connector.name)
    submitted = []
    for template in book.templates:
        there = known.get((template.name, template.language))
        if there is not None and there.status != "unsubmitted":
            continue
        made = await connector.submit_template(template, there)
        await book.record(connector.name, (made,))
        log_status(connector.name, made)
        submitted.append(template)
    return tuple(submitted)


def log_status(channel: str, found: ProviderTemplate) -> None:
    """Log a template's new status; one that cannot be sent any more is an error."""
    write = log.info if found.status in {"approved", "pending", "unsubmitted"} else log.error
    write(
        names.TEMPLATE_STATUS,
        channel=channel,
        template=found.name,
        language=found.language,
        status=found.status,
        reason=found.reason,
    )
