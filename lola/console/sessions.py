"""Who is signed in: an unguessable cookie, and a record of it on the server that ends by itself.

The store holds only a digest of the cookie, so nobody who reads the store can sign in with what is
there. Every look-up reads the account again: a disabled person is out with the next request.
"""

import secrets
from dataclasses import dataclass
from hashlib import sha256

from lola.console.ports import RecordStore
from lola.console.staff import StaffAccount, StaffDirectory

LIFETIME_SECONDS = 8 * 60 * 60
_KIND = "console_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One signed-in person. `csrf` must come back with everything that changes something."""

    account: StaffAccount
    csrf: str

    @property
    def name(self) -> str:
        """The account's name."""
        return self.account.name

    @property
    def is_supervisor(self) -> bool:
        """Return whether this person may also hand back what a colleague has."""
        return self.account.role == "supervisor"


class SignIns:
    """Opens, finds and ends sign-ins; any process of the service can serve any of them."""

    def __init__(self, store: RecordStore, staff: StaffDirectory) -> None:
        self._store = store
        self._staff = staff

    async def open(self, account: StaffAccount) -> tuple[str, SignIn]:
        """Return a fresh cookie value, good for eight hours, and the sign-in behind it."""
        cookie = secrets.token_urlsafe(32)
        csrf = secrets.token_urlsafe(32)
        record = {"name": account.name, "generation": account.generation, "csrf": csrf}
        await self._store.put_record(_KIND, _digest(cookie), record, LIFETIME_SECONDS)
        return cookie, SignIn(account=account, csrf=csrf)

    async def find(self, cookie: str) -> SignIn | None:
        """Return the sign-in behind a cookie while its account is the one that signed in."""
        record = await self._store.get_record(_KIND, _digest(cookie)) if cookie else None
        if record is None:
            return None
        account = await self._staff.find(record["name"])
        if account is None or account.generation != record["generation"]:
            return None
        return SignIn(account=account, csrf=record["csrf"])

    async def end(self, cookie: str) -> None:
        """Sign out."""
        await self._store.delete_record(_KIND, _digest(cookie))


def _digest(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()
