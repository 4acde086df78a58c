"""The accounts of the people who may use the console.

Passwords are kept as scrypt hashes with their own salt and cost, and never leave this module. A
check takes as long for a name that does not exist as for one that does. Each account is a record
of its own, so that disabling one account cannot be undone by a write that adds another.
"""

import asyncio
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace
from typing import get_args

from pydantic import TypeAdapter

from lola.console.passwords import LONGEST, weakness_of
from lola.console.ports import RecordStore
from lola.console.roles import Role
from lola.domain.clock import Clock, system_clock
from lola.domain.messages import JsonObject
from lola.errors import ConfigurationError

LONGEST_PASSWORD = LONGEST
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_KIND = "console_account"
_INDEX_KIND = "console_accounts"
_INDEX = "all"
# Records must expire; accounts do not, so their records expire far in the future.
_NO_EXPIRY = 100 * 365 * 24 * 60 * 60
_BLOCK_SIZE = 8
_PARALLEL = 3
_MEMORY_FACTOR = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAccount:
    """One person. `generation` changes with every new password and ends older sign-ins."""

    name: str
    role: Role
    disabled: bool
    generation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    role: Role
    disabled: bool
    generation: str
    created_at: str
    salt: str
    hash: str
    cost: int


_STORED: TypeAdapter[_Stored] = TypeAdapter(_Stored)


class StaffDirectory:
    """Adds, lists, disables and checks accounts. They do not expire.

    `cost` is scrypt's N for new passwords (a power of two); 2**15 takes 32 MiB and about a fifth
    of a second, in a thread.
    """

    def __init__(
        self, store: RecordStore, clock: Clock = system_clock, *, cost: int = 2**15
    ) -> None:
        self._store = store
        self._clock = clock
        self._cost = cost

    async def add(self, name: str, password: str, role: str = "staff") -> StaffAccount:
        """Create an account, or give a disabled one a new password and role.

        Raises ConfigurationError when the name is taken, or name, password or role are invalid.
        """
        name = _normal(name)
        checked_role = _checked(name, password, role)
        present = await self._read(name)
        if present is not None and not present.disabled:
            raise ConfigurationError(
                "staff", f"{name} has an account already", hint="disable it first to replace it"
            )
        salt = secrets.token_bytes(16)
        stored = _Stored(
            role=checked_role,
            disabled=False,
            generation=secrets.token_hex(8),
            created_at=self._clock().isoformat(),
            salt=salt.hex(),
            hash=(await _hash(password, salt, self._cost)).hex(),
            cost=self._cost,
        )
        await self._write(name, stored)
        names = {*(await self._names()), name}
        await self._store.put_record(_INDEX_KIND, _INDEX, {"names": sorted(names)}, _NO_EXPIRY)
        return _account(name, stored)

    async def list(self) -> tuple[StaffAccount, ...]:
        """Return every account by name, disabled ones too."""
        found = [(name, await self._read(name)) for name in await self._names()]
        return tuple(_account(name, stored) for name, stored in found if stored is not None)

    async def disable(self, name: str) -> None:
        """Close an account; its sign-ins end with their next request.

        Raises ConfigurationError when there is no such account.
        """
        name = _normal(name)
        stored = await self._read(name)
        if stored is None:
            raise ConfigurationError("staff", f"there is no account {name}")
        await self._write(name, replace(stored, disabled=True))

    async def find(self, name: str) -> StaffAccount | None:
        """Return an account that is not disabled."""
        stored = await self._read(name)
        return _account(name, stored) if stored is not None and not stored.disabled else None

    async def check(self, name: str, password: str) -> StaffAccount | None:
        """Return the account when the password is right; None does not tell the reason."""
        name = _normal(name)
        stored = await self._read(name) if _NAME.fullmatch(name) else None
        salt = bytes.fromhex(stored.salt) if stored else bytes(16)
        given = await _hash(password, salt, stored.cost if stored else self._cost)
        matches = hmac.compare_digest(given, bytes.fromhex(stored.hash) if stored else bytes(32))
        if stored is None or stored.disabled or not matches:
            return None
        return _account(name, stored)

    async def _names(self) -> tuple[str, ...]:
        record = await self._store.get_record(_INDEX_KIND, _INDEX)
        return tuple(record["names"]) if record else ()

    async def _read(self, name: str) -> _Stored | None:
        record = await self._store.get_record(_KIND, name)
        return _STORED.validate_python(record) if record else None

    async def _write(self, name: str, stored: _Stored) -> None:
        data: JsonObject = _STORED.dump_python(stored, mode="json")
        await self._store.put_record(_KIND, name, data, _NO_EXPIRY)


def _normal(name: str) -> str:
    return name.strip().lower()


def _checked(name: str, password: str, role: str) -> Role:
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            "staff name", "must be up to 40 letters, digits, dots, dashes or underscores"
        )
    if weakness := weakness_of(password, name):
        raise ConfigurationError(
            "staff password", weakness, hint="four unrelated words make a good one"
        )
    for known in get_args(Role):
        if role == known:
            return known  # type: ignore[no-any-return]
    raise ConfigurationError("staff role", f"must be one of: {', '.join(get_args(Role))}")


def _account(name: str, stored: _Stored) -> StaffAccount:
    return StaffAccount(
        name=name, role=stored.role, disabled=stored.disabled, generation=stored.generation
    )


async def _hash(password: str, salt: bytes, cost: int) -> bytes:
    return await asyncio.to_thread(
        hashlib.scrypt,
        password.encode(),
        salt=salt,
        n=cost,
        r=_BLOCK_SIZE,
        p=_PARALLEL,
        maxmem=_MEMORY_FACTOR * cost * _BLOCK_SIZE,
        dklen=32,
    )
