"""Short links: an unguessable code that leads to a partner's page until it expires.

The mapping is in Redis for as long as the link can be used. Opening a code does not use it up:
only the page's report is accepted once (`lola.money.callbacks`).
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime

from lola.money.page_sessions import Grant
from lola.state.store import StateStore

KIND = "short_link"
PATH = "/l/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortLink:
    """The target of a code: a partner's page, and what it may do if it belongs to a ticket."""

    url: str
    grant: Grant | None = None


class ShortLinks:
    """Makes, resolves and revokes `/l/{code}`."""

    def __init__(self, store: StateStore, public_url: str) -> None:
        self._store = store
        self._prefix = f"{public_url}{PATH}"

    async def create(
        self, url: str, *, now: datetime, expires_at: datetime, grant: Grant | None = None
    ) -> str:
        """Return the short address of `url`: 12 random bytes, valid until `expires_at`."""
        code = secrets.token_urlsafe(12)
        seconds = max(1, int((expires_at - now).total_seconds()))
        record = {"url": url, "grant": asdict(grant) if grant else None}
        await self._store.put_record(KIND, code, record, ttl_seconds=seconds)
        return self._prefix + code

    async def resolve(self, code: str) -> ShortLink | None:
        """Return the target of a code, or None when it is unknown or has ended."""
        record = await self._store.get_record(KIND, code)
        if not record:
            return None
        grant = record["grant"]
        return ShortLink(
            url=str(record["url"]),
            grant=Grant(**{**grant, "actions": tuple(grant["actions"])}) if grant else None,
        )

    async def revoke(self, short_url: str) -> None:
        """End a short address; one that has ended already is no error."""
        await self._store.delete_record(KIND, short_url.removeprefix(self._prefix))
