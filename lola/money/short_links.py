"""Short links: an unguessable code that stands for a widget's address until it ends.

The mapping lives in Redis as long as the link can be used, and goes with it. Looking at a code
spends nothing: what is spent is the page's report (lola.money.callbacks).
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime

from lola.money.sessions import Grant
from lola.state.store import StateStore

KIND = "short_link"
PATH = "/l/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortLink:
    """What a code stands for: the widget's address, and what a page opened there may do."""

    url: str
    grant: Grant


class ShortLinks:
    """Makes, resolves and takes back `/l/{code}`."""

    def __init__(self, store: StateStore, public_url: str) -> None:
        self._store = store
        self._prefix = f"{public_url}{PATH}"

    async def create(self, link: ShortLink, *, now: datetime, expires_at: datetime) -> str:
        """Answer the short address: 12 random bytes, good until `expires_at`."""
        code = secrets.token_urlsafe(12)
        seconds = max(1, int((expires_at - now).total_seconds()))
        await self._store.put_record(KIND, code, asdict(link), ttl_seconds=seconds)
        return self._prefix + code

    async def resolve(self, code: str) -> ShortLink | None:
        """Answer what is behind a code, or None when there is nothing (any more)."""
        record = await self._store.get_record(KIND, code)
        if not record:
            return None
        grant = record["grant"]
        actions = tuple(grant["actions"])
        return ShortLink(url=str(record["url"]), grant=Grant(**{**grant, "actions": actions}))

    async def revoke(self, short_url: str) -> None:
        """End a short address of ours; one that has ended is no error."""
        await self._store.delete_record(KIND, short_url.removeprefix(self._prefix))
