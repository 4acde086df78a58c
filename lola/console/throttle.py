"""Limits attempts to guess passwords, by account and by address, for all processes together.

An attempt counts before the password is checked, so that parallel ones gain nothing. A right
password never waits for the failures of others: attempts count for one account from one address,
and a browser that signed in before is known by a cookie and counts for itself. An address that
tried many accounts gets one attempt for each further one.
"""

import secrets
from hashlib import sha256

from lola.console.ports import RecordStore
from lola.state.rates import MINUTE, Rate, Rates

WINDOW_SECONDS = 5 * MINUTE
TRIES = Rate(name="sign_in", count=5, seconds=WINDOW_SECONDS)
"""For one account from one address, or by one known browser."""
FIRST_TRY = Rate(name="sign_in_first", count=1, seconds=WINDOW_SECONDS)
"""For one account from an address that is busy."""
BUSY = Rate(name="sign_in_address", count=30, seconds=WINDOW_SECONDS)
"""For one address: beyond, it is busy. An office shares one."""
MOST = Rate(name="sign_in_flood", count=300, seconds=WINDOW_SECONDS)
"""For one address: beyond, only known browsers are served, because each check costs CPU time."""
DEVICE_SECONDS = 90 * 86_400
_KIND = "console_device"


class LoginThrottle:
    """Counts attempts, and remembers the browsers that signed in. Raises StoreUnavailableError."""

    def __init__(self, rates: Rates, store: RecordStore) -> None:
        self._rates = rates
        self._store = store

    async def attempt(self, name: str, address: str, device: str = "") -> float:
        """Count one attempt; return 0 when it is allowed, else the seconds to wait.

        `device` is the cookie that `succeeded` returned to this browser.
        """
        name = _account(name)
        if await self._is_known(name, device):
            return (await self._rates.take(_of_device(name, device), TRIES)).wait
        if (flooded := await self._rates.take(address, MOST)).refused:
            return flooded.wait
        is_busy = (await self._rates.take(address, BUSY)).refused
        rates = (FIRST_TRY, TRIES) if is_busy else (TRIES,)
        return (await self._rates.take(_pair(name, address), *rates)).wait

    async def succeeded(self, name: str, address: str, device: str = "") -> str:
        """Forget the attempts of an account that signed in; return its browser's cookie."""
        name = _account(name)
        await self._rates.forget(_pair(name, address), TRIES, FIRST_TRY)
        if await self._is_known(name, device):
            await self._rates.forget(_of_device(name, device), TRIES)
            return device
        device = secrets.token_urlsafe(32)
        await self._store.put_record(_KIND, _digest(device), {"name": name}, DEVICE_SECONDS)
        return device

    async def _is_known(self, name: str, device: str) -> bool:
        record = await self._store.get_record(_KIND, _digest(device)) if device else None
        return record is not None and record["name"] == name


def _account(name: str) -> str:
    return name.strip().lower()[:40]


def _pair(name: str, address: str) -> str:
    return f"{name}\n{address}"


def _of_device(name: str, device: str) -> str:
    return f"{name}\n{_digest(device)}"


def _digest(device: str) -> str:
    return sha256(device.encode()).hexdigest()
