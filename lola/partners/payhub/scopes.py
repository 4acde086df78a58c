"""Which calls of RaaS a key may make (reference/raas.md 2.3, 5, 6 and 7).

A call is allowed when any of the key's scopes, expanded by inheritance, is in the call's list. What
is told here explains refusals and informs operators: the partner decides, never this table.
"""

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal, get_args

Scope = Literal["partner", "partner_send", "partner_dual", "partner_full", "Default", "admin"]
Profile = Literal["basic", "send", "full"]
SCOPES: frozenset[str] = frozenset(get_args(Scope))

EXTENDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "partner_dual": ("partner", "partner_send"),
        "partner_full": ("partner_dual",),
    }
)
PROFILES: Mapping[Profile, frozenset[str]] = MappingProxyType(
    {
        "basic": frozenset({"partner"}),
        "send": frozenset({"partner_send"}),
        "full": frozenset({"partner_full"}),
    }
)
"""The kinds of credentials that Leap gives out → their scopes."""

_ASK, _SEND, _FULL = "partner", "partner_send", "partner_full"
_ALL = frozenset({_ASK, _SEND, _FULL})
_ASK_AND_FULL = frozenset({_ASK, _FULL})
_ASK_AND_SEND = frozenset({_ASK, _SEND})
_SEND_ONLY = frozenset({_SEND})

ROUTE_SCOPES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "user_token": frozenset({_ASK}),
        "register": frozenset({_ASK}),
        "session_link": _ALL,
        "session_link_of": _ALL,
        "link_session": frozenset(),
        "profile": _ASK_AND_FULL,
        "update_profile": frozenset({_FULL}),
        "cip": frozenset({_SEND, _FULL}),
        "payment_methods": _SEND_ONLY,
        "contacts": _ASK_AND_SEND,
        "contact_source": frozenset({_SEND, _FULL}),
        "corridors": _SEND_ONLY,
        "quote": _SEND_ONLY,
        "quote_v2": _SEND_ONLY,
        "payers": _SEND_ONLY,
        "branches": _SEND_ONLY,
        "banks": frozenset(),
        "validate_account": _ALL,
        "operations": _ALL,
        "operation": _ALL,
        "operation_status": _ASK_AND_SEND,
        "frequent_contacts": _ALL,
        "limits": frozenset({_FULL}),
        "add_contact": _ASK_AND_SEND,
        "update_contact": _ASK_AND_SEND,
        "method_types": _ALL,
        "receiving_methods": frozenset({_ASK}),
        "add_card": _ASK_AND_SEND,
        "payment_method": frozenset({"Default", _ASK, _SEND}),
        "add_ubn": _ALL,
        "request_money": _ASK_AND_FULL,
        "request_money_full": _ASK_AND_FULL,
    }
)
"""Our name of a route → the scopes of which one is enough. An empty set: any key, or none."""


def expanded(scopes: Iterable[str]) -> frozenset[str]:
    """Return the scopes with everything that they extend."""
    found: set[str] = set()
    waiting = list(scopes)
    while waiting:
        scope = waiting.pop()
        if scope not in found:
            found.add(scope)
            waiting += EXTENDS.get(scope, ())
    return frozenset(found)


def allows(scopes: Iterable[str], wanted: frozenset[str]) -> bool:
    """Return whether a key with these scopes may make a call that wants one of `wanted`."""
    return not wanted or bool(expanded(scopes) & wanted)


def routes_of(scopes: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the routes that a key may call, and of those that it may not."""
    mine = expanded(scopes)
    may = tuple(name for name, wanted in ROUTE_SCOPES.items() if allows(mine, wanted))
    return may, tuple(name for name in ROUTE_SCOPES if name not in may)


def scopes_in(api_key: str) -> frozenset[str] | None:
    """Return the scopes that a key says it has, or None when it cannot be read.

    A key decodes to an array of scopes; that it is a signed token with the claim `scopes` is
    inferred (reference/raas.md 15). Nothing here checks its signature: the partner does.
    """
    parts = api_key.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    found = claims.get("scopes") if isinstance(claims, dict) else None
    if not isinstance(found, list):
        return None
    return frozenset(scope for scope in found if isinstance(scope, str) and scope in SCOPES)
