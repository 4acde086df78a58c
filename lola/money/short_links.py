"""Short links: an unguessable code that stands for a widget's address until it expires."""

import secrets
from datetime import datetime

from lola.state.store import StateStore

KIND = "short_link"


class ShortLinks:
    """Makes and resolves `/l/{code}`. The mapping lives in Redis exactly as long as the link."""

    def __init__(self, store: StateStore, public_url: str) -> None:
        self._store = store
        self._public_url = public_url

    async def create(self, url: str, *, now: datetime, expires_at: datetime) -> str:
        """Answer the short address of `url`: 12 random bytes, good until `expires_at`."""
        code = secrets.token_urlsafe(12)
        seconds = max(1, int((expires_at - now).total_seconds()))
        await self._store.put_record(KIND, code, {"url": url}, ttl_seconds=seconds)
        return f"{self._public_url}/l/{code}"

    async def resolve(self, code: str) -> str | None:
        """Answer the address behind a code, or None when there is none (any more)."""
        record = await self._store.get_record(KIND, code)
        return str(record["url"]) if record else None
