"""Short links: an unguessable code that stands for a partner's page until it ends.

The mapping lives in Redis as long as the link can be used, and goes with it. Looking at a code
spends nothing: what is spent is the page's report (lola.money.callbacks).
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
    """What a code stands for: a partner's page, and what it may do when it is one of a ticket."""

    url: str
    grant: Grant | None = None


class ShortLinks:
    """Makes, resolves and takes back `/l/{code}`."""

    def __init__(self, store: StateStore, public_url: str) -> None:
        self._store = store
        self._prefix = f"{public_url}{PATH}"

    async def create(
        self, url: str, *, now: datetime, expires_at: datetime, grant: Grant | None = None
    ) -> str:
        """Answer the short address of `url`: 12 random bytes, good until `expires_at`."""
        code = secrets.token_urlsafe(12)
        seconds = max(1, int((expires_at - now).total_seconds()))
        record = {"url": url, "grant": asdict(grant) if grant else None}
        await self._store.put_record(KIND, code, record, ttl_seconds=seconds)
        return self._prefix + code

    async def resolve(self, code: str) -> ShortLink | None:
        """Answer what is behind a code, or None when there is nothing (any more)."""
        record = await self._store.get_record(KIND, code)
        if not record:
            return None
        grant = record["grant"]
        return ShortLink(
            url=str(record["url"]),
            grant=Grant(**{**grant, "actions": tuple(grant["actions"])}) if grant else None,
        )

    async def revoke(self, short_url: str) -> None:
        """End a short address of ours; one that has ended is no error."""
        await self._store.delete_record(KIND, short_url.removeprefix(self._prefix))
