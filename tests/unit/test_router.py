"""LogicRouter: the documented tree, and nothing but the tree."""

import pytest

from lola.errors import ConfigurationError
from lola.identity import UNAVAILABLE, UNKNOWN
from lola.router import ROUTES, LogicRouter, select
from tests.support import identified


@pytest.mark.parametrize(
    ("identity", "route"),
    [
        (UNAVAILABLE, "service_unavailable"),
        (UNKNOWN, "onboarding"),
        (identified(is_blocked=True), "blocked"),
        (identified(is_blocked=True, verdict="pending"), "blocked"),
        (identified(verdict="pending"), "pending_cip"),
        (identified(verdict="something newer"), "pending_cip"),
        (identified(), "sender_home"),
    ],
)
def test_the_tree_of_the_documentation(identity, route: str) -> None:
    """Each leaf of reference/lola.md 4 is reached by its condition."""
    assert select(identity) == route


@pytest.mark.parametrize("absent", ROUTES)
def test_a_missing_agent_stops_the_start(absent: str) -> None:
    """All five agents must be there, so that every sender has an answer."""
    with pytest.raises(ConfigurationError, match=absent):
        LogicRouter({name: name for name in ROUTES if name != absent})
