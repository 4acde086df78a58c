"""Sign-ins: an unguessable cookie, and a record on the server that expires.

The store holds only a digest of the cookie, so reading the store is not enough to sign in. Every
request reads the account again, so a disabled person is signed out with the next one.
"""

import secrets
from dataclasses import dataclass
from hashlib import sha256

from lola.console.ports import RecordStore
from lola.console.roles import MAY, Action
from lola.console.staff import StaffAccount, StaffDirectory

LIFETIME_SECONDS = 8 * 60 * 60
_KIND = "console_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One signed-in person. `csrf` must come with every request that changes something."""

    account: StaffAccount
    csrf: str

    @property
    def name(self) -> str:
        """The account's name."""
        return self.account.name

    @property
    def is_supervisor(self) -> bool:
        """Return whether this person may also hand back conversations of other staff."""
        return self.may("oversee")

    def may(self, action: Action) -> bool:
        """Return whether this person's role allows an action."""
        return action in MAY[self.account.role]


class SignIns:
    """Opens, finds and ends sign-ins; any process of the service can serve any of them."""

    def __init__(self, store: RecordStore, staff: StaffDirectory) -> None:
        self._store = store
        self._staff = staff

    async def open(self, account: StaffAccount) -> tuple[str, SignIn]:
        """Return a new cookie value, valid for eight hours, and its sign-in."""
        cookie = secrets.token_urlsafe(32)
        csrf = secrets.token_urlsafe(32)
        record = {"name": account.name, "generation": account.generation, "csrf": csrf}
        await self._store.put_record(_KIND, _digest(cookie), record, LIFETIME_SECONDS)
        return cookie, SignIn(account=account, csrf=csrf)

    async def find(self, cookie: str) -> SignIn | None:
        """Return the sign-in of a cookie while its account is unchanged."""
        record = await self._store.get_record(_KIND, _digest(cookie)) if cookie else None
        if record is None:
            return None
        account = await self._staff.find(record["name"])
        if account is None or account.generation != record["generation"]:
            return None
        return SignIn(account=account, csrf=record["csrf"])

    async def end(self, cookie: str) -> None:
        """End a sign-in."""
        await self._store.delete_record(_KIND, _digest(cookie))


def _digest(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()
