"""What staff and operators see of the partner's values: ids and states, personal data masked.

Unknown fields count as personal. Addresses that open a link are never shown, because with one
anybody can act as the sender; the same holds for a link's token.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.alias_generators import to_camel

from lola.domain.messages import JsonObject
from lola.partners.m2m.model import CipTicket, Link, instant

MASK = "…"
LONGEST = 200
PERSONAL = frozenset(
    {"user_data", "metadata", "payload", "details", "funding", "payout"}
    | {"reason", "blocked_reason", "revoke_reason"}
)
"""Fields whose content is masked; the names inside stay."""
OPENS_A_LINK = frozenset({(Link, "url")})
OPENS_A_CHECK = frozenset({(CipTicket, "widget_url")})
PLAIN = frozenset(
    {"linkId", "operationId", "dataRequestId", "deliveryId", "referenceId", "userId", "ticketId"}
    | {"event", "status", "type", "timestamp", "createdAt", "openedAt", "expiresAt"}
    | {"requiredFields", "digest", "allowedActions"}
)
"""Names inside a personal field whose values are ids, states or times."""


def shown(value: BaseModel, *, unmask: bool = False) -> JsonObject:
    """Return a value as JSON with the partner's names, without what is absent.

    Money is exact text. With `unmask` personal data is as the partner sent it, and so is the
    address of an identity check.
    """
    found: JsonObject = {}
    for name in type(value).model_fields:
        field, place = getattr(value, name), (type(value), name)
        if field is None or isinstance(field, SecretStr) or place in OPENS_A_LINK:
            continue
        if place in OPENS_A_CHECK and not unmask:
            continue
        found[to_camel(name)] = (
            _personal(field, unmask=unmask) if name in PERSONAL else _plain(field, unmask=unmask)
        )
    for name, field in (value.model_extra or {}).items():
        found[name] = _personal(field, unmask=unmask)
    return found


def _plain(value: Any, *, unmask: bool) -> Any:
    if isinstance(value, BaseModel):
        return shown(value, unmask=unmask)
    if isinstance(value, list | tuple):
        return [_plain(item, unmask=unmask) for item in value]
    if isinstance(value, datetime):
        return instant(value)
    return str(value) if isinstance(value, Decimal | str) else value


def _personal(value: Any, *, unmask: bool) -> Any:
    if isinstance(value, dict):
        return {
            name: _personal(item, unmask=unmask or (name in PLAIN and not isinstance(item, dict)))
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_personal(item, unmask=unmask) for item in value]
    if value is None or isinstance(value, bool):
        return value
    text = str(value)
    # Addresses inside a link's metadata or a webhook's payload open a link or report about one.
    if not unmask or "://" in text or len(text) > LONGEST:
        return MASK
    return value if isinstance(value, int) else text
