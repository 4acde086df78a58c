"""PayhubAuth: identity by canonical number, afresh each turn, and no message is ever dropped."""

import pytest

from lola.domain.identity import UNAVAILABLE, UNKNOWN, ContextUser
from lola.errors import PartnerRefusedError, PartnerUnavailableError
from lola.settings import load_settings
from middleware.payhub_auth import PayhubAuthMiddleware
from tests.support import turn, user


class Directory:
    """An identity service in memory: one port, one implementation for tests."""

    def __init__(self, *, error: Exception | None = None) -> None:
        self.asked: list[str] = []
        self._error = error

    async def find_sender(self, phone: str) -> ContextUser | None:
        self.asked.append(phone)
        if self._error:
            raise self._error
        return user() if phone == "+15550100" else None


@pytest.mark.parametrize("written", ["+1-555-0100", "15550100", "+15550100"])
async def test_the_documented_spellings_are_one_identity(written: str) -> None:
    """All three resolve to one canonical form before the look-up (reference/lola.md 13)."""
    directory = Directory()
    stage = PayhubAuthMiddleware(directory, load_settings())
    result = await stage.incoming(turn(phone=written))
    assert directory.asked == ["+15550100"]
    assert result.identity.status == "identified"


async def test_the_look_up_happens_every_turn() -> None:
    """Identity and verdict are never cached (reference/lola.md 13)."""
    directory = Directory()
    stage = PayhubAuthMiddleware(directory, load_settings())
    for _ in range(3):
        await stage.incoming(turn(phone="15550100"))
    assert len(directory.asked) == 3


@pytest.mark.parametrize(
    ("setting", "identity"), [("unknown", UNKNOWN), ("unavailable", UNAVAILABLE)]
)
async def test_the_404_question_is_a_setting(setting: str, identity) -> None:
    """A clear "no such sender" means what the setting says (reference/lola.md 20.3)."""
    stage = PayhubAuthMiddleware(Directory(), load_settings(identity_not_found=setting))
    assert (await stage.incoming(turn(phone="+15559999999"))).identity == identity


@pytest.mark.parametrize(
    "error",
    [
        PartnerUnavailableError("payhub", "down"),
        PartnerRefusedError("payhub", "no", partner_code="X", status=403),
    ],
)
async def test_a_failing_service_means_unavailable(error: Exception) -> None:
    """Whatever goes wrong ends in a fallback agent, never in a dropped message."""
    stage = PayhubAuthMiddleware(Directory(error=error), load_settings())
    assert (await stage.incoming(turn(phone="+15550100"))).identity == UNAVAILABLE


@pytest.mark.parametrize("phone", [None, "", "not a number"])
async def test_a_message_without_a_number_is_not_dropped(phone) -> None:
    """It is treated as unknown, and the service is not asked."""
    directory = Directory()
    stage = PayhubAuthMiddleware(directory, load_settings())
    assert (await stage.incoming(turn(phone=phone))).identity == UNKNOWN
    assert directory.asked == []
