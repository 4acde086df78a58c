"""The documented and the inferred parts of the partner's API (reference/m2m.md 5 and 9) as tables.

Nothing inferred is written anywhere else. A bank that knows better replaces single rows by the
settings `[m2m_routes]` and `[m2m_fields]`, without a new release. Documented rows cannot be
replaced. The sandbox serves the default tables.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from types import MappingProxyType
from typing import Any

from lola.domain.messages import JsonObject
from lola.domain.transfer import PayoutMethod
from lola.errors import ConfigurationError
from lola.partners.http import Route

ROUTES_SETTING, FIELDS_SETTING = "M2M_ROUTES", "M2M_FIELDS"
TYPES_SETTING = "M2M_PAYOUT_TYPES"
METHODS = frozenset({"GET", "POST", "PUT", "PATCH"})
PATH = re.compile(r"(/([A-Za-z0-9._~-]+|\{[a-z_]+\}))+")
FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


def _documented(method: str, path: str) -> Route:
    return Route(method=method, path=path)


def _inferred(method: str, path: str) -> Route:
    return Route(method=method, path=path, inferred=True)


ROUTES: Mapping[str, Route] = MappingProxyType(
    {
        "create_link": _documented("POST", "/partner/links"),
        "list_links": _documented("GET", "/partner/links"),
        "get_link": _inferred("GET", "/partner/links/{link_id}"),
        "revoke_link": _documented("POST", "/partner/links/{link_id}/revoke"),
        "link_activity": _inferred("GET", "/partner/links/{link_id}/activity"),
        "profile": _inferred("GET", "/partner/me"),
        "get_settings": _inferred("GET", "/partner/settings"),
        "update_settings": _inferred("PATCH", "/partner/settings"),
        "list_users": _inferred("GET", "/partner/users"),
        "get_user": _inferred("GET", "/partner/users/{user_id}"),
        "block_user": _inferred("POST", "/partner/users/{user_id}/block"),
        "unblock_user": _documented("POST", "/partner/users/{user_id}/unblock"),
        "list_operations": _documented("GET", "/partner/operations"),
        "get_operation": _inferred("GET", "/partner/operations/{operation_id}"),
        "fulfill_data_request": _documented("PUT", "/partner/data-requests/{request_id}"),
        "cip_readiness": _inferred("GET", "/partner/cip/readiness/{link_id}"),
        "create_cip_ticket": _inferred("POST", "/partner/cip/tickets"),
        "get_webhook_config": _inferred("GET", "/partner/webhooks/config"),
        "update_webhook_url": _inferred("PUT", "/partner/webhooks/config"),
        "list_deliveries": _inferred("GET", "/partner/webhooks/deliveries"),
        "get_delivery": _inferred("GET", "/partner/webhooks/deliveries/{delivery_id}"),
        "regenerate_secret": _documented("POST", "/partner/webhooks/config/regenerate-secret"),
    }
)
"""The 22 operations. `inferred`: no page of the documentation prints the route (9.1)."""

PAYOUT_TYPES: Mapping[PayoutMethod, str] = MappingProxyType(
    {
        "bank_account": "bank_account",
        "cash_pickup": "cash",
        "mobile_wallet": "wallet",
        "card": "card",
    }
)
"""Our payout method → the `type` of a `paymentMethod`. Only the first is documented (3.2)."""

_USER = ("userId", "referenceId", "cipStatus", "blocked", "createdAt", "lastActivityAt")
_SETTINGS = ("defaultLinkExpirationMinutes", "theme", "language", "allowedPaymentMethods")
_WEBHOOK = ("webhookUrl", "secretPreview")
_DELIVERY = (
    "deliveryId",
    "event",
    "status",
    "url",
    "linkId",
    "referenceId",
    "userId",
    "attempts",
    "responseStatus",
    "error",
    "createdAt",
    "lastAttemptAt",
    "nextAttemptAt",
    "deliveredAt",
)

FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "get_link": ("user", "operation", "revokedAt", "revokeReason"),
        "link_activity": ("linkId", "items", "type", "timestamp", "details"),
        "profile": ("partnerId", "name", "status", "environment", "branding", "settings"),
        "get_settings": _SETTINGS,
        "update_settings": _SETTINGS,
        "list_users": _USER,
        "get_user": (*_USER, "state", "userData", "blockedReason", "blockedAt", "stats"),
        "block_user": ("userId", "blocked", "blockedAt"),
        "get_operation": ("timeline",),
        "cip_readiness": ("linkId", "ready", "missingFields"),
        "create_cip_ticket": (
            "ticketId",
            "linkId",
            "status",
            "widgetUrl",
            "expiresAt",
            "createdAt",
        ),
        "get_webhook_config": _WEBHOOK,
        "update_webhook_url": _WEBHOOK,
        "list_deliveries": _DELIVERY,
        "get_delivery": (*_DELIVERY, "payload"),
    }
)
"""Operation → the inferred top-level names of its query, body and response (9.2)."""

_BODY_ID: Mapping[str, str] = MappingProxyType({"create_cip_ticket": "/{link_id}"})
"""Operations whose id is in the body by default and may be in the path instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The tables that one deployment uses. `names`: operation → our field name → theirs."""

    routes: Mapping[str, Route] = field(default_factory=lambda: ROUTES)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def outgoing(self, operation: str, fields: Mapping[str, Any]) -> JsonObject:
        """Return a query or body with the partner's names."""
        names = self.names.get(operation, {})
        return {names.get(name, name): value for name, value in fields.items()}

    def incoming(self, operation: str, data: Any) -> Any:
        """Return a response's `data`, or an item of its list, with our names."""
        names = self.names.get(operation)
        if not names or not isinstance(data, dict):
            return data
        ours = {theirs: name for name, theirs in names.items()}
        return {ours.get(name, name): value for name, value in data.items()}


DOCUMENTED = Contract()


def with_overrides(routes: Mapping[str, str], fields: Mapping[str, str]) -> Contract:
    """Return the contract with a bank's own rows.

    `routes`: operation → `METHOD /path/{id}`; `fields`: `operation.ourName` → the partner's name.
    Only what is inferred can be replaced. Raises ConfigurationError that names the row.
    """
    changed = {name: _route(name, text) for name, text in routes.items()}
    names: dict[str, dict[str, str]] = {}
    for row, theirs in fields.items():
        operation, _, ours = row.partition(".")
        _check_field(operation, ours, theirs)
        names.setdefault(operation, {})[ours] = theirs
    return Contract(routes={**ROUTES, **changed}, names=names)


def payout_types(changes: Mapping[str, str]) -> Mapping[PayoutMethod, str]:
    """Return the partner's payout types with a bank's own. Raises ConfigurationError."""
    if unknown := sorted(set(changes) - set(PAYOUT_TYPES)):
        raise ConfigurationError(
            TYPES_SETTING,
            f"{unknown[0]} is no payout method",
            hint=f"of {', '.join(PAYOUT_TYPES)}",
        )
    return {method: changes.get(method, theirs) for method, theirs in PAYOUT_TYPES.items()}


def _route(name: str, text: str) -> Route:
    known = ROUTES.get(name)
    if known is None or not known.inferred:
        raise ConfigurationError(
            ROUTES_SETTING,
            f"{name} is {'no operation' if known is None else 'documented: it cannot be replaced'}",
            hint=f"one of {', '.join(one for one, route in ROUTES.items() if route.inferred)}",
        )
    method, _, path = text.partition(" ")
    if method not in METHODS or not PATH.fullmatch(path):
        raise ConfigurationError(
            ROUTES_SETTING, f"{name} is not METHOD /path", hint=f"the default is {known}"
        )
    if strangers := _ids(path) - _ids(_BODY_ID.get(name, known.path)):
        raise ConfigurationError(ROUTES_SETTING, f"{name} does not know {{{min(strangers)}}}")
    if missing := _ids(known.path) - _ids(path):
        raise ConfigurationError(ROUTES_SETTING, f"{name} needs {{{min(missing)}}} in its path")
    return _inferred(method, path)


def _check_field(operation: str, ours: str, theirs: str) -> None:
    row = f"{operation}.{ours}"
    if ours not in FIELDS.get(operation, ()):
        raise ConfigurationError(
            FIELDS_SETTING,
            f"{row} is no inferred field",
            hint=f"of {operation}: {', '.join(FIELDS.get(operation, ('none',)))}",
        )
    if not FIELD.fullmatch(theirs):
        raise ConfigurationError(FIELDS_SETTING, f"{row} is renamed to an invalid field name")


def _ids(path: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(path) if name}
