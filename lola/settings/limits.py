"""How much one sender and one channel may ask for.

The limits of a sender hold in production and beside a real partner or channel. On a development
machine, where testers play whole conversations in a second, only those that are set hold.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field

from lola.settings.shortcuts import real_systems

if TYPE_CHECKING:
    from lola.settings.tree import Settings

Count = Annotated[int, Field(ge=0)]

USUAL: Mapping[str, int] = MappingProxyType(
    {
        "messages_per_minute": 20,
        "quotes_per_hour": 60,
        "quotes_per_day": 200,
        "links_per_hour": 10,
        "links_per_day": 30,
        "probes_per_day": 20,
    }
)
"""The limits of a sender that are not set, where customers write."""


class LimitSettings(BaseModel):
    """Rate limits; 0 is none. None means the usual one where customers write, else none."""

    messages_per_minute: Count | None = None
    messages_burst: int = Field(10, ge=1)
    channel_messages_per_minute: Count | dict[str, Count] = 0
    quotes_per_hour: Count | None = None
    quotes_per_day: Count | None = None
    links_per_hour: Count | None = None
    links_per_day: Count | None = None
    probes_per_day: Count | None = None
    loop_replies: Count = 10


def with_limits(settings: "Settings") -> "Settings":
    """Return the settings with a number for every limit."""
    applies = settings.is_production or bool(real_systems(settings))
    missing = {
        name: usual if applies else 0
        for name, usual in USUAL.items()
        if getattr(settings, name) is None
    }
    return settings.model_copy(update=missing)
