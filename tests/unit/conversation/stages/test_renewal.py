"""Preparing an expired transfer again (`lola.conversation.stages.renewal`)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lola.conversation.stages.renewal import RenewalStage
from lola.domain.turn import Answer, Turn
from lola.errors import PartnerRefusedError
from lola.money.links import WidgetLinks
from lola.money.renewal import PREFIX
from lola.money.service import MoneyService
from lola.settings import load_settings
from lola.text.wording import Wording
from tests.support import NOW, PartnerAnswers, quote, tap, terms, ticket, turn

LIMIT = 3000
EXPIRED = ticket(status="expired", expires_at=NOW - timedelta(minutes=1))


def wanting(**changes) -> Turn:
    about = turn(tap(f"{PREFIX}tk_1"), **changes)
    return about.evolve(session=about.session.evolve(tickets=(EXPIRED,)))


class PriceList:
    """Quotes every amount that the corridor allows."""

    async def quote(self, *, country, payout_method, amount, currency):
        if amount > LIMIT:
            raise PartnerRefusedError("payhub", "too much", partner_code="LIMIT", status=422)
        return quote(expires_at=NOW + timedelta(minutes=20))


@pytest.fixture
def stage() -> RenewalStage:
    settings = load_settings()
    return RenewalStage(
        MoneyService(
            remittances=PriceList(),
            links=WidgetLinks(
                client=PartnerAnswers(), short_links=None, callbacks=None, settings=settings
            ),
            index=None,
            wording=Wording(),
            settings=settings,
        )
    )


async def test_the_same_terms_get_a_new_summary(stage) -> None:
    """With a new quote, and without a confirmation."""
    result = await stage.incoming(wanting())
    assert isinstance(result, Answer)
    assert result.route == "money"
    draft = result.turn.session.draft
    assert draft.terms == EXPIRED.terms
    assert not draft.is_confirmed()


async def test_a_sender_who_may_not_transfer_gets_no_summary(stage) -> None:
    """The agent of their route replies."""
    about = wanting(allowed_actions=frozenset({"person"}))
    assert await stage.incoming(about) is about


async def test_what_the_corridor_no_longer_allows_is_left_to_the_agent(stage) -> None:
    """The agent can explain the limit."""
    about = wanting()
    huge = ticket(status="expired", terms=terms(amount=Decimal(LIMIT + 1)))
    about = about.evolve(session=about.session.evolve(tickets=(huge,)))
    assert await stage.incoming(about) is about


async def test_other_messages_pass(stage) -> None:
    """What asks for no renewal is not touched."""
    about = turn("hola")
    assert await stage.incoming(about) is about
