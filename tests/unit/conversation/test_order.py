"""The complete list for a MIDDLEWARE setting (`lola.conversation.order`)."""

import re
from functools import partial
from pathlib import Path

import pytest

from lola.app.loading import load
from lola.conversation.order import AHEAD, BEHIND, arrange
from lola.conversation.pipeline import KINDS, MESSAGES, Stage
from lola.errors import ConfigurationError
from lola.settings import DEFAULT_MIDDLEWARE

LOAD = partial(load, "MIDDLEWARE")
SHIPPED = (
    "Consent", "Limits", "CommandsAuth", "PhoneFaker", "PayhubAuth", "Compliance",
    "ContactDecoding", "Language", "Enrichment", "Chatwoot", "Queued", "Events", "OptedOut",
    "TakenOver", "Commands", "Person", "Notices", "PhoneProof", "Decision", "Renewal", "Offers",
    "Several", "Agent",
)  # fmt: skip
COMPLETE = tuple(entry.setting for entry in arrange(DEFAULT_MIDDLEWARE, LOAD))
PROTECTED = [entry.name for entry in arrange(DEFAULT_MIDDLEWARE, LOAD) if entry.protects]
REMOVABLE = [name for name in SHIPPED if name not in PROTECTED]


class Hours(Stage):
    """A bank's own stage."""

    name = "Hours"
    summary = "opening hours"


class OwnIdentity(Stage):
    """A bank's own stage that takes the place of a shipped one."""

    name = "PayhubAuth"
    summary = "identity of another kind"


class Unknowing:
    """A stage of before stages declared what they see."""

    name = "Unknowing"
    summary = "older than `sees`"


OWN = {"own.Hours": Hours, "own.Identity": OwnIdentity, "own.Unknowing": Unknowing}


def find(dotted: str):
    return OWN.get(dotted) or LOAD(dotted)


def names(*configured: str) -> tuple[str, ...]:
    return tuple(entry.name for entry in arrange(configured, find))


def without(name: str) -> list[str]:
    return [setting for setting, one in zip(COMPLETE, SHIPPED, strict=True) if one != name]


def refused(*configured: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        arrange(configured, find)
    assert caught.value.setting == "MIDDLEWARE"
    return str(caught.value)


def test_the_shipped_order() -> None:
    """Consent first, the agent last, the documented stages in between."""
    assert names(*DEFAULT_MIDDLEWARE) == SHIPPED


def test_a_list_of_dotted_names_keeps_its_meaning() -> None:
    """A setting of before this list existed gets the built-in stages around it."""
    older = [dotted for dotted in DEFAULT_MIDDLEWARE if "phone_faker" not in dotted]
    assert names(*older) == tuple(name for name in SHIPPED if name != "PhoneFaker")


def test_a_banks_own_stage_is_where_the_setting_puts_it() -> None:
    """Among the documented stages, ahead of every built-in stage that ends a turn."""
    found = names("own.Hours", *DEFAULT_MIDDLEWARE)
    assert found == ("Consent", "Limits", "Hours", *SHIPPED[2:])


def test_the_complete_list_is_taken_as_it_is() -> None:
    """The printed names give the same list again, and movable stages move."""
    assert names(*COMPLETE) == SHIPPED
    moved = [*without("PhoneProof")]
    moved.insert(moved.index("Events"), "PhoneProof")
    assert names(*moved).index("PhoneProof") == SHIPPED.index("Events")


@pytest.mark.parametrize("name", REMOVABLE)
def test_what_protects_nothing_can_be_removed(name: str) -> None:
    """The list is the bank's own where no guarantee depends on it."""
    assert names(*without(name)) == tuple(one for one in SHIPPED if one != name)


@pytest.mark.parametrize("name", PROTECTED)
def test_what_protects_something_cannot_be_removed(name: str) -> None:
    """The start names the stage and the reason."""
    message = refused(*without(name))
    (entry,) = (one for one in arrange(DEFAULT_MIDDLEWARE, LOAD) if one.name == name)
    assert f"{name} cannot be removed: {entry.protects}" in message


@pytest.mark.parametrize("name", [name for name in PROTECTED if name != "Agent"])
def test_what_protects_something_cannot_be_behind_the_agent(name: str) -> None:
    """The start names the stage and the reason."""
    setting = COMPLETE[SHIPPED.index(name)]
    message = refused(*without(name), setting)
    (entry,) = (one for one in arrange(DEFAULT_MIDDLEWARE, LOAD) if one.name == name)
    assert f"{name} cannot be behind Agent: {entry.protects}" in message


def test_nothing_else_is_put_behind_the_agent_either() -> None:
    """No message would get there."""
    assert "Hours cannot be behind Agent" in refused(*COMPLETE, "own.Hours")


@pytest.mark.parametrize(
    ("name", "earlier"),
    [
        ("Consent", "Limits"),
        ("Limits", "PayhubAuth"),
        ("CommandsAuth", "PhoneFaker"),
        ("PayhubAuth", "Compliance"),
        ("Compliance", "Decision"),
    ],
)
def test_a_stage_stays_ahead_of_what_relies_on_it(name: str, earlier: str) -> None:
    """Moved behind, it would protect nothing."""
    swapped = without(name)
    swapped.insert(
        swapped.index(COMPLETE[SHIPPED.index(earlier)]) + 1, COMPLETE[SHIPPED.index(name)]
    )
    assert f"{name} must be ahead of {earlier}" in refused(*swapped)


def test_nothing_is_ahead_of_consent() -> None:
    """A stage that ends turns would keep a STOP from being read."""
    assert "Consent must be ahead of Hours" in refused("own.Hours", *COMPLETE)


def test_a_stage_of_the_same_name_takes_a_shipped_ones_place_and_duties() -> None:
    """A bank with its own identity service says so by the name; the place is protected still."""
    payhub = COMPLETE[SHIPPED.index("PayhubAuth")]
    own = ["own.Identity" if setting == payhub else setting for setting in COMPLETE]
    (entry,) = (one for one in arrange(own, find) if one.setting == "own.Identity")
    assert entry.protects
    assert "PayhubAuth cannot be behind Agent" in refused(
        *(setting for setting in own if setting != "own.Identity"), "own.Identity"
    )


def test_a_stage_that_declares_nothing_sees_messages() -> None:
    """A bank's stage of before is as it was."""
    entries = arrange(("own.Unknowing", *DEFAULT_MIDDLEWARE), find)
    assert entries[1].sees == MESSAGES


def test_mistakes_are_named() -> None:
    """A name that is no stage, one that is there twice, a built-in one by its path."""
    assert "Consents is no built-in stage" in refused("Consents", *COMPLETE)
    assert "Hours is there twice" in refused("own.Hours", "own.Hours", *DEFAULT_MIDDLEWARE)
    path = f"{AHEAD[0].__module__}.{AHEAD[0].__name__}"
    assert "is built in and is named Consent" in refused(path, *DEFAULT_MIDDLEWARE)


def test_every_stage_says_what_it_does() -> None:
    """`lola pipeline` prints it."""
    for stage in (*AHEAD, *BEHIND):
        assert stage.name
        assert stage.summary
        assert stage.sees


def test_the_page_lists_every_stage_as_it_is() -> None:
    """docs/pipeline.md: order, what each stage sees and why it cannot be removed."""
    page = (Path(__file__).parents[3] / "docs" / "pipeline.md").read_text()
    rows = [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in page.splitlines()
        if re.match(r"\| \d+ \|", line)
    ]
    entries = arrange(DEFAULT_MIDDLEWARE, LOAD)
    expected = [
        (
            str(number),
            entry.name,
            ", ".join(kind.replace("_", " ") for kind in KINDS if kind in entry.sees),
            entry.protects,
        )
        for number, entry in enumerate(entries, start=1)
    ]
    assert [(number, name, sees, protects) for number, name, sees, _, protects in rows] == expected
