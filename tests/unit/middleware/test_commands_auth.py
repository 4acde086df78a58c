"""CommandsAuth: who may use slash commands."""

import pytest

from lola.domain.turn import Answer, Turn
from lola.settings import load_settings
from lola.text.wording import Wording
from middleware.commands_auth import CommandsAuthMiddleware
from tests.support import turn
from tests.unit.test_settings import PRODUCTION

WORDING = Wording()


def stage(**settings) -> CommandsAuthMiddleware:
    return CommandsAuthMiddleware(load_settings(**settings), WORDING)


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
    """Everybody may use commands in development while no list is set."""
    assert isinstance(await stage().incoming(turn("/info")), Turn)


@pytest.mark.parametrize(
    ("numbers", "passes"), [("", False), ("+1 555 010 4477", True), ("+15550100001", False)]
)
async def test_production_needs_a_listed_number(numbers: str, passes: bool) -> None:
    """A command must also be authorised for the sender (reference/lola.md 13)."""
    middleware = stage(**{**PRODUCTION, "command_numbers": numbers})
    assert isinstance(await middleware.incoming(turn("/info")), Turn) is passes
