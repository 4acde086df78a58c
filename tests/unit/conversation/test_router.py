"""LogicRouter: the documented tree, and nothing but the tree."""

import pytest

from lola.conversation.router import ROUTES, SENDER_HOME, LogicRouter, select
from lola.domain.identity import UNAVAILABLE, UNKNOWN
from lola.errors import ConfigurationError
from tests.support import identified, turn


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
    """All five agents must be there, so that every sender gets a reply."""
    with pytest.raises(ConfigurationError, match=absent):
        LogicRouter({name: name for name in ROUTES if name != absent})


def routed(identity, selector=None, *more: str):
    agents = {name: name.upper() for name in (*ROUTES, *more)}
    return LogicRouter(agents, selector).route(turn("hola", identity=identity))


@pytest.mark.parametrize("identity", [UNKNOWN, identified()])
def test_a_bank_chooses_among_its_own_agents(identity) -> None:
    """For senders who may use the full service, its selector decides."""
    assert routed(identity, lambda *_: "vip", "vip") == ("vip", "VIP")


@pytest.mark.parametrize(
    "identity", [UNAVAILABLE, identified(is_blocked=True), identified(verdict="pending")]
)
def test_no_selector_gets_around_compliance_or_an_outage(identity) -> None:
    """Blocked, pending and unavailable are decided by the documented tree alone."""
    assert routed(identity, lambda *_: SENDER_HOME)[0] == select(identity)


def test_an_unknown_choice_falls_back_to_the_documented_route() -> None:
    """A sender gets a reply although a selector names an agent that does not exist."""
    assert routed(identified(), lambda *_: "missing")[0] == SENDER_HOME


def test_agents_are_exchanged_whole_or_not_at_all() -> None:
    """A set that lacks one of the five is refused, and the one in use stays."""
    router = LogicRouter(dict.fromkeys(ROUTES, "old"))
    with pytest.raises(ConfigurationError):
        router.use({"onboarding": "new"})
    assert router.route(turn("hola"))[1] == "old"
    router.use(dict.fromkeys(ROUTES, "new"))
    assert router.route(turn("hola"))[1] == "new"
