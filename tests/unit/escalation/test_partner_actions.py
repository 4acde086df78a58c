"""What staff do at the partner is recorded, and a record that fails late loses no result."""

import pytest

from lola.errors import StaffActionError, StoreUnavailableError
from lola.escalation.partner_actions import PartnerActions, checked_reason


class Records:
    """A record that takes so many entries and then fails."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.outcomes: list[str] = []

    async def append(self, *, outcome: str, **_: str) -> None:
        if len(self.outcomes) == self.room:
            raise StoreUnavailableError("gone")
        self.outcomes.append(outcome)


class Partner:
    """A partner that makes a new secret and counts how often."""

    def __init__(self) -> None:
        self.made = 0

    async def regenerate_secret(self) -> str:
        self.made += 1
        return "whsec_new"


def actions(records: Records, partner: Partner) -> PartnerActions:
    return PartnerActions(client=partner, audit=records, events=None, kept=None)


async def test_a_new_secret_is_not_lost_when_redis_goes_away_meanwhile():
    """The first record is there; the partner shows the secret only once."""
    records, partner = Records(1), Partner()
    assert await actions(records, partner).rotate_secret("ana", "yearly") == "whsec_new"
    assert records.outcomes == ["asked"]


async def test_without_a_first_record_the_partner_is_not_asked():
    """Nothing happens that could not be found later."""
    records, partner = Records(0), Partner()
    with pytest.raises(StoreUnavailableError):
        await actions(records, partner).rotate_secret("ana", "yearly")
    assert partner.made == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  case\n4711 ", "case 4711"),
        ("x" * 500, "x" * 500),
        ("card 4242424242424242", "card [card ••••4242]"),
    ],
)
def test_a_reason_is_one_line_without_card_data(given, kept):
    """As it is recorded, and as the partner gets it."""
    assert checked_reason(given) == kept


@pytest.mark.parametrize(
    ("given", "word"), [("", "reason_missing"), ("x" * 501, "reason_too_long")]
)
def test_no_reason_and_a_long_one_are_refused(given, word):
    """500 characters, as for a block (reference/m2m.md 5.11)."""
    with pytest.raises(StaffActionError) as refused:
        checked_reason(given)
    assert refused.value.word == word
