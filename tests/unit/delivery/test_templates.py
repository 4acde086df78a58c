"""Which words go out when a reply window is closed: a template, an invitation, or nothing yet."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from lola.channel.contract import Capabilities, ConnectorBase, Receipt
from lola.channel.templates import MessageTemplates, ProviderTemplate
from lola.delivery.channels import Channels
from lola.delivery.model import OutboxRow
from lola.delivery.templates import TemplateBook
from lola.domain.messages import Notice, TextMessage
from lola.errors import (
    AmbiguousSendError,
    OptedOutError,
    RejectedError,
    RetryLaterError,
    SignatureError,
    StoreUnavailableError,
    TemplateError,
    WindowClosedError,
)
from lola.state import Keys
from lola.telemetry.metrics import Metrics
from lola.text.wording import Wording
from tests.support import ADDRESS, NOW, ManualClock

DAY = timedelta(hours=24)
TEXTS = MessageTemplates(Wording())
WHOLE = Notice(template="verification_done")
ANNOUNCED = Notice(template="person_answered", is_whole=False)


class Toy(ConnectorBase):
    """A channel in memory; `trouble` is raised by free words, `refusal` by templates."""

    name, routes = "whatsapp", ("/webhooks/toy",)
    manages_templates = True

    def __init__(self, *, trouble=None, refusal=None, invites=True):
        self.capabilities = Capabilities(text=100, reply_window=DAY, templates=invites)
        self.calls, self.trouble, self.refusal = [], trouble, refusal

    def verify(self, request):
        raise SignatureError("no")

    async def send(self, address, message, reference):
        return self._answer("send", self.trouble)

    async def invite(self, address, language, reference):
        return self._answer("invite", None)

    async def send_template(self, address, filled, reference):
        return self._answer(f"template {filled.template.key}", self.refusal)

    async def list_templates(self):
        return ()

    async def submit_template(self, template, known):
        raise NotImplementedError

    def _answer(self, call, trouble):
        self.calls.append(call)
        if trouble:
            raise trouble
        return (Receipt(provider_id=call),)


class Desk:
    """Channels around one toy, with what they were asked to keep."""

    def __init__(self, connections, toy):
        self.toy = toy
        self.book = TemplateBook(connections, Keys(f"t{uuid4().hex[:12]}"), TEXTS)
        self.kept = []
        self.channels = Channels(
            [toy], Metrics(), ManualClock(), on_deferred=self.keep, book=self.book
        )

    async def keep(self, row):
        self.kept.append(row.message.content)

    async def approve(self, **changes):
        await self.book.record(
            "whatsapp",
            [
                replace(
                    ProviderTemplate(name=one.name, language=one.language, status="approved"),
                    **changes,
                )
                for one in TEXTS
            ],
        )


@pytest.fixture
def desk_of(connections):
    return lambda toy: Desk(connections, toy)


def row(notice=WHOLE, **changes):
    values = {
        "id": "1-row", "conversation": ADDRESS.conversation, "address": ADDRESS, "author": "code",
        "money": False, "message": TextMessage(content="hola", notice=notice), "epoch": 0,
        "trace_id": "t", "language": "es", "heard_at": NOW - 2 * DAY,
    }  # fmt: skip
    return OutboxRow(**{**values, **changes})


async def test_an_approved_template_takes_the_place_of_the_words(desk_of):
    """It says all, so nothing waits for the sender and nobody is invited."""
    desk = desk_of(Toy())
    await desk.approve()
    assert await desk.channels.deliver(row()) == ("template verification_done",)
    assert (desk.toy.calls, desk.kept) == (["template verification_done"], [])


async def test_a_template_that_only_announces_keeps_the_words(desk_of):
    """What it announces is kept before it goes out."""
    desk = desk_of(Toy())
    await desk.approve()
    assert await desk.channels.deliver(row(ANNOUNCED)) == ("template person_answered",)
    assert desk.kept == ["hola"]


async def test_in_an_open_window_the_words_go(desk_of):
    """No template is looked for."""
    desk = desk_of(Toy())
    await desk.approve()
    await desk.channels.deliver(row(heard_at=NOW))
    assert desk.toy.calls == ["send"]


async def test_a_window_that_the_provider_closed_early_brings_the_template(desk_of):
    """Free words fail inside the window now and then (reference/channels.md 1.7)."""
    desk = desk_of(Toy(trouble=WindowClosedError("early")))
    await desk.approve()
    await desk.channels.deliver(row(heard_at=NOW))
    assert desk.toy.calls == ["send", "template verification_done"]


@pytest.mark.parametrize("status", ["pending", "rejected", "paused", "disabled", "unsubmitted"])
async def test_only_an_approved_one_is_sent(desk_of, status):
    """Until then the sender is invited to write, and the news waits."""
    desk = desk_of(Toy())
    await desk.approve(status=status)
    await desk.channels.deliver(row())
    assert (desk.toy.calls, desk.kept) == (["invite"], ["hola"])


async def test_a_refused_template_is_not_tried_again(desk_of):
    """The first refusal is noted for all processes; the news waits both times."""
    desk = desk_of(Toy(refusal=TemplateError("paused", provider_code="132015")))
    await desk.approve()
    await desk.channels.deliver(row())
    await desk.channels.deliver(row())
    assert desk.toy.calls == ["template verification_done", "invite"]
    assert desk.kept == ["hola", "hola"]


async def test_a_reminder_of_the_bot_goes_by_template_but_invites_nobody(desk_of):
    """Without an approved one the provider says that it is too late."""
    desk = desk_of(Toy(trouble=WindowClosedError("late")))
    with pytest.raises(WindowClosedError):
        await desk.channels.deliver(row(author="bot"))
    await desk.approve()
    await desk.channels.deliver(row(author="bot"))
    assert desk.toy.calls == ["send", "template verification_done"]


@pytest.mark.parametrize("approved", [True, False], ids=["announced", "invited"])
async def test_a_silent_sender_is_asked_to_write_once(desk_of, approved):
    """All that comes is kept; after they wrote, the next silence begins anew."""
    desk = desk_of(Toy())
    if approved:
        await desk.approve()
    for _ in range(3):
        await desk.channels.deliver(row(ANNOUNCED))
    asked = ["template person_answered"] if approved else ["invite"]
    assert (desk.toy.calls, desk.kept) == (asked, ["hola"] * 3)
    await desk.channels.deliver(row(ANNOUNCED, heard_at=NOW - 1.5 * DAY))
    assert desk.toy.calls == asked * 2


async def test_an_invitation_that_did_not_go_out_counts_for_nothing(desk_of):
    """Busy first, then sent; news with a template of its own goes in any case."""
    desk = desk_of(Toy(refusal=RetryLaterError("busy")))
    await desk.approve()
    with pytest.raises(RetryLaterError):
        await desk.channels.deliver(row(ANNOUNCED))
    desk.toy.refusal = None
    await desk.channels.deliver(row(ANNOUNCED))
    await desk.channels.deliver(row())
    assert desk.toy.calls == [*["template person_answered"] * 2, "template verification_done"]


async def test_a_channel_without_an_invitation_still_uses_templates(desk_of):
    """The two are set up apart from each other."""
    desk = desk_of(Toy(invites=False))
    await desk.approve()
    await desk.channels.deliver(row())
    assert desk.toy.calls == ["template verification_done"]


@pytest.mark.parametrize(
    ("refusal", "kept"),
    [
        (RejectedError("no"), ["hola"]),
        (OptedOutError("stop"), []),
        (RetryLaterError("busy"), []),
        (AmbiguousSendError("?"), []),
    ],
)
async def test_other_refusals_are_the_outboxs(desk_of, refusal, kept):
    """They say nothing of the template; news that can never arrive waits for the sender."""
    desk = desk_of(Toy(refusal=refusal))
    await desk.approve()
    with pytest.raises(type(refusal)):
        await desk.channels.deliver(row())
    assert (desk.toy.calls, desk.kept) == (["template verification_done"], kept)


async def test_without_the_store_the_row_is_sent_later(desk_of):
    """Nothing went out, so it is no unknown outcome."""
    desk = desk_of(Toy())
    await desk.approve()

    async def gone(_):
        raise StoreUnavailableError("gone")

    desk.channels = Channels([desk.toy], Metrics(), ManualClock(), on_deferred=gone, book=desk.book)
    with pytest.raises(RetryLaterError):
        await desk.channels.deliver(row(ANNOUNCED))
    assert desk.toy.calls == []


async def test_the_language_of_the_sender_chooses_the_text(desk_of):
    """Approved in one language only, the other one waits."""
    desk = desk_of(Toy())
    english = [one for one in TEXTS if one.language == "en"]
    await desk.book.replace(
        "whatsapp",
        [ProviderTemplate(name=one.name, language="en", status="approved") for one in english],
    )
    await desk.channels.deliver(row(language="en"))
    await desk.channels.deliver(row(language="es"))
    assert desk.toy.calls == ["template verification_done", "invite"]


async def test_a_webhooks_word_keeps_what_it_leaves_out(desk_of):
    """Twilio's sid and the category stay when only the status is told."""
    desk = desk_of(Toy())
    name = next(iter(TEXTS)).name
    first = ProviderTemplate(
        name=name, language="es", status="pending", id="HX1", category="UTILITY"
    )
    await desk.book.record("whatsapp", [first])
    await desk.book.hear("whatsapp", [replace(first, status="approved", id="", category="")])
    assert (await desk.book.all("whatsapp"))[name, "es"] == replace(first, status="approved")
