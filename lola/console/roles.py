"""What each role may do in the console: one table, for pages and API alike.

A route that is not in it is refused to everybody, so a new one cannot be open by mistake.
"""

from collections.abc import Mapping
from typing import Literal

Role = Literal["staff", "supervisor", "auditor"]
Action = Literal["read", "change", "oversee"]
"""Look at conversations and records; act on conversations; act on those of others, and at the
partner on a sender as a whole."""

MAY: Mapping[Role, frozenset[Action]] = {
    "staff": frozenset({"read", "change"}),
    "supervisor": frozenset({"read", "change", "oversee"}),
    "auditor": frozenset({"read"}),
}
LEAST: Mapping[Action, Role] = {"read": "staff", "change": "staff", "oversee": "supervisor"}
"""The role that somebody needs at least, for the answer to who has not got it."""

_READ = (
    "root queue sign_out conversation identity link_timeline file mentions statistics "
    "live_queue live_alive live_conversation api_queue api_conversation "
    "api_m2m_operations api_m2m_links api_m2m_user api_m2m_activity api_m2m_readiness "
    "api_m2m_deliveries"
)
_CHANGE = (
    "take_over reply hand_back resolve assign assign_many note "
    "api_take_over api_reply api_hand_back api_resolve api_assign api_note api_draft "
    "api_m2m_revoke api_m2m_verify"
)
_OVERSEE = "api_m2m_block api_m2m_unblock api_m2m_redeliver"
NEEDS: Mapping[str, Action] = {
    **dict.fromkeys(_READ.split(), "read"),
    **dict.fromkeys(_CHANGE.split(), "change"),
    **dict.fromkeys(_OVERSEE.split(), "oversee"),
}
"""Route → what somebody must be allowed to do for it."""


def may(role: Role, route: str) -> bool:
    """Return whether a role may use a route; False for a route that the table does not have."""
    needed = NEEDS.get(route)
    return needed is not None and needed in MAY[role]
