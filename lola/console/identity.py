"""Who the sender of a conversation is, as the bank's identity service says at this moment.

It is asked when a colleague opens the panel, and never stored or logged.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from lola.domain.identity import ContextUser
from lola.domain.session import Session
from lola.errors import PartnerError

FindSender = Callable[[str], Awaitable[ContextUser | None]]
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityView:
    """The identity; `verdict` is the bank's compliance result, `cards` are display names."""

    status: Literal["identified", "unknown", "unavailable", "no_number"]
    name: str = ""
    verdict: str = ""
    is_blocked: bool = False
    country: str = ""
    cards: tuple[str, ...] = ()


async def identity_of(session: Session | None, find: FindSender) -> IdentityView:
    """Ask the identity service about a session's sender."""
    phone = session.address.phone if session is not None else None
    if not phone:
        return IdentityView(status="no_number")
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            user = await find(phone)
    except (PartnerError, TimeoutError):
        return IdentityView(status="unavailable")
    if user is None:
        return IdentityView(status="unknown")
    return IdentityView(
        status="identified",
        name=f"{user.first_name} {user.last_name}".strip(),
        verdict=user.verdict,
        is_blocked=user.is_blocked,
        country=user.country,
        cards=tuple(method.label for method in user.payment_methods),
    )
