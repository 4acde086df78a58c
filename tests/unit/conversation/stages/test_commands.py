"""Slash commands: who may use them, and what they do (`lola.conversation.stages.commands`)."""

from types import SimpleNamespace

import pytest

from lola.conversation.stages.commands import CommandsAuth, CommandsStage
from lola.domain.turn import Answer, Turn
from lola.settings import load_settings
from lola.text.wording import Wording
from tests.support import draft, ticket, turn
from tests.unit.test_settings import PRODUCTION

WORDING = Wording()


def stage(**settings) -> CommandsAuth:
    return CommandsAuth(load_settings(**settings), WORDING)


async def test_disabled_commands_get_the_documented_notice() -> None:
    """ACTIVE_COMMANDS=false blocks every message that starts with / (reference/lola.md 8)."""
    answer = await stage(active_commands=False).incoming(turn("/info", language="en"))
    assert isinstance(answer, Answer)
    assert answer.messages[0].content == "Commands are disabled"


@pytest.mark.parametrize("text", ["hola", "1/2 kilo", "no /info"])
async def test_ordinary_words_pass(text: str) -> None:
    """Only a leading slash makes a command."""
    assert isinstance(await stage(active_commands=False).incoming(turn(text)), Turn)


async def test_development_is_open() -> None:
    """Every sender may use commands in development while no list is set."""
    assert isinstance(await stage().incoming(turn("/info")), Turn)


@pytest.mark.parametrize(
    ("numbers", "passes"), [("", False), ("+1 555 010 4477", True), ("+15550100001", False)]
)
async def test_production_needs_a_listed_number(numbers: str, passes: bool) -> None:
    """A command must also be authorised for the sender (reference/lola.md 13)."""
    middleware = stage(**{**PRODUCTION, "command_numbers": numbers})
    assert isinstance(await middleware.incoming(turn("/info")), Turn) is passes


class Router:
    """Always the same agent."""

    def route(self, _turn):
        return "sender_home", None


class Bank:
    """The services that commands use."""

    def __init__(self) -> None:
        self.wording, self.settings, self.remittances = WORDING, load_settings(), self

    async def corridors(self):
        return [SimpleNamespace(country="MX"), SimpleNamespace(country="XX")]

    async def payers(self, country):
        return [SimpleNamespace(name="OXXO")] if country == "MX" else []


COMMANDS = CommandsStage(Bank(), Router())


async def test_info_says_how_the_sender_is_seen() -> None:
    """Version, conversation, route and identity; no prompt and no secret."""
    answer = await COMMANDS.incoming(turn("/info"))
    assert answer.route == "command"
    assert all(word in answer.messages[0].content for word in ("sender_home", "unknown"))


async def test_new_forgets_the_session_and_keeps_the_tickets() -> None:
    """The model's memory starts afresh; a link that is out is still known."""
    about = turn("/new")
    full = about.session.evolve(draft=draft(), tickets=(ticket(),), number_asked=True)
    answer = await COMMANDS.incoming(about.evolve(session=full))
    session = answer.turn.session
    assert (session.draft, session.tickets, session.number_asked) == (None, (ticket(),), False)
    assert answer.boundary


async def test_payers_are_listed_by_corridor() -> None:
    """As the partner names them."""
    answer = await COMMANDS.incoming(turn("/PAYERS"))
    assert answer.messages[0].content == "MX: OXXO\nXX: -"


async def test_an_unknown_command_names_the_known_ones() -> None:
    """It goes to no agent."""
    answer = await COMMANDS.incoming(turn("/help me"))
    assert all(name in answer.messages[0].content for name in ("/info", "/new", "/payers"))


async def test_what_is_no_command_passes() -> None:
    """The next stage sees it as it was."""
    about = turn("hola")
    assert await COMMANDS.incoming(about) is about
