"""Where each of the partner's 22 operations is found: the one table of reference/m2m.md 5 and 9.1.

`inferred` marks what no page of the documentation prints. A bank that learns better replaces single
rows by setting (`[m2m_routes]` in lola.toml) and needs no new release; the sandbox serves the table
as it stands.
"""

import re
from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType

from lola.errors import ConfigurationError
from lola.partners.http import Route

SETTING = "M2M_ROUTES"
METHODS = frozenset({"GET", "POST", "PUT", "PATCH"})
PATH = re.compile(r"(/([A-Za-z0-9._~-]+|\{[a-z_]+\}))+")

ROUTES: Mapping[str, Route] = MappingProxyType(
    {
        "create_link": Route(method="POST", path="/partner/links"),
        "list_links": Route(method="GET", path="/partner/links"),
        "get_link": Route(method="GET", path="/partner/links/{link_id}", inferred=True),
        "revoke_link": Route(method="POST", path="/partner/links/{link_id}/revoke"),
        "link_activity": Route(
            method="GET", path="/partner/links/{link_id}/activity", inferred=True
        ),
        "profile": Route(method="GET", path="/partner/me", inferred=True),
        "get_settings": Route(method="GET", path="/partner/settings", inferred=True),
        "update_settings": Route(method="PATCH", path="/partner/settings", inferred=True),
        "list_users": Route(method="GET", path="/partner/users", inferred=True),
        "get_user": Route(method="GET", path="/partner/users/{user_id}", inferred=True),
        "block_user": Route(method="POST", path="/partner/users/{user_id}/block", inferred=True),
        "unblock_user": Route(method="POST", path="/partner/users/{user_id}/unblock"),
        "list_operations": Route(method="GET", path="/partner/operations"),
        "get_operation": Route(
            method="GET", path="/partner/operations/{operation_id}", inferred=True
        ),
        "fulfill_data_request": Route(method="PUT", path="/partner/data-requests/{request_id}"),
        "cip_readiness": Route(
            method="GET", path="/partner/cip/readiness/{link_id}", inferred=True
        ),
        "create_cip_ticket": Route(method="POST", path="/partner/cip/tickets", inferred=True),
        "get_webhook_config": Route(method="GET", path="/partner/webhooks/config", inferred=True),
        "update_webhook_url": Route(method="PUT", path="/partner/webhooks/config", inferred=True),
        "list_deliveries": Route(method="GET", path="/partner/webhooks/deliveries", inferred=True),
        "get_delivery": Route(
            method="GET", path="/partner/webhooks/deliveries/{delivery_id}", inferred=True
        ),
        "regenerate_secret": Route(
            method="POST", path="/partner/webhooks/config/regenerate-secret"
        ),
    }
)


def with_overrides(overrides: Mapping[str, str]) -> Mapping[str, Route]:
    """Answer the table with a bank's own rows: operation → `METHOD /path/{id}`.

    Only inferred rows can be replaced, and a path names no id but the operation's own. An id of
    the operation may be left out of the path where it also travels in query or body. Raises
    ConfigurationError that names the row.
    """
    return {**ROUTES, **{name: _override(name, text) for name, text in overrides.items()}}


def _override(name: str, text: str) -> Route:
    known = ROUTES.get(name)
    if known is None:
        raise ConfigurationError(
            SETTING, f"{name} is no operation", hint=f"one of {', '.join(inferred_names())}"
        )
    if not known.inferred:
        raise ConfigurationError(SETTING, f"{name} is documented and cannot be replaced")
    method, _, path = text.partition(" ")
    if method not in METHODS or not PATH.fullmatch(path):
        raise ConfigurationError(
            SETTING, f"{name} is not METHOD /path", hint=f"the default is {known}"
        )
    if strangers := _ids(path) - _ids(_WITH_LINK.get(name, known.path)):
        raise ConfigurationError(SETTING, f"{name} does not know {{{min(strangers)}}}")
    return Route(method=method, path=path, inferred=True)


_WITH_LINK: Mapping[str, str] = MappingProxyType({"create_cip_ticket": "/{link_id}"})
"""Operations whose id travels in the body by default, and may travel in the path instead."""


def inferred_names() -> list[str]:
    """Answer the operations whose route is inferred, in the table's order."""
    return [name for name, route in ROUTES.items() if route.inferred]


def _ids(path: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(path) if name}
