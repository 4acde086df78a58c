"""The channels of a deployment: one per name and path, unsigned requests refused, sends counted."""

from datetime import timedelta

import pytest

from lola.channel.contract import Capabilities, ConnectorBase, Receipt
from lola.delivery.channels import Channels
from lola.delivery.model import OutboxRow
from lola.domain.messages import TextMessage
from lola.errors import (
    AmbiguousSendError,
    ChannelStoppedError,
    ConfigurationError,
    OptedOutError,
    RejectedError,
    RetryLaterError,
    SignatureError,
    WindowClosedError,
)
from lola.telemetry.metrics import Metrics
from tests.support import ADDRESS, NOW, ManualClock

DAY = timedelta(hours=24)


class Unverified(ConnectorBase):
    """A channel in memory that forgot its verifier; `trouble` is raised on every send."""

    def __init__(
        self, name="whatsapp", route="/webhooks/toy", trouble=None, *, templates=False
    ) -> None:
        self.name = name
        self.routes = (route,)
        self.capabilities = Capabilities(text=100, reply_window=DAY, templates=templates)
        self.calls = []
        self._trouble = trouble

    async def send(self, address, message, reference):
        self.calls.append("send")
        if self._trouble:
            raise self._trouble
        return (Receipt(provider_id=f"{reference}-a"), Receipt(provider_id=f"{reference}-b"))

    async def invite(self, address, language, reference):
        self.calls.append(f"invite {language}")
        return (Receipt(provider_id=f"{reference}-t"),)


class Toy(Unverified):
    """The same with a verifier that lets nothing in."""

    def verify(self, request):
        raise SignatureError("no")


class Open(Unverified):
    """The same with a verifier that lets everything in."""

    def verify(self, request):
        return None


def channels(*connectors, metrics=None):
    return Channels(connectors, metrics or Metrics(), ManualClock())


def row(**changes) -> OutboxRow:
    values = {
        "id": "1-row", "conversation": ADDRESS.conversation, "address": ADDRESS, "author": "bot",
        "money": False, "message": TextMessage(content="hola"), "epoch": 0, "trace_id": "t",
        "language": "es",
    }  # fmt: skip
    return OutboxRow(**{**values, **changes})


async def test_a_row_goes_to_its_channel() -> None:
    """Every provider id comes back, also when one message became two."""
    assert await channels(Toy()).deliver(row()) == ("1-row-a", "1-row-b")


async def test_a_row_of_a_channel_that_is_gone_is_rejected() -> None:
    """A removed channel does not block the outbox for ever."""
    with pytest.raises(RejectedError):
        await channels(Toy(name="sms")).deliver(row())


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        (RetryLaterError("busy"), "retried"),
        (RejectedError("no"), "rejected"),
        (AmbiguousSendError("?"), "unknown"),
        (WindowClosedError("late"), "window_closed"),
        (OptedOutError("stop"), "opted_out"),
        (ChannelStoppedError("token"), "stopped"),
    ],
)
async def test_trouble_is_counted_and_passed_on(trouble, outcome: str) -> None:
    """The outbox decides what to do; the figures say how often."""
    metrics = Metrics()
    with pytest.raises(type(trouble)):
        await channels(Toy(trouble=trouble), metrics=metrics).deliver(row())
    assert f'channel="whatsapp",outcome="{outcome}"' in metrics.render().decode()


@pytest.mark.parametrize(
    "second", [Toy(route="/webhooks/other"), Toy(name="sms", route="/webhooks/toy")]
)
def test_two_channels_share_neither_name_nor_path(second) -> None:
    """A second one would silently take the first one's messages."""
    with pytest.raises(ConfigurationError, match="CHANNELS"):
        channels(Toy(), second)


@pytest.mark.parametrize("connector", [Unverified(), Open()], ids=["missing", "open"])
def test_a_channel_without_a_verifier_does_not_start(connector) -> None:
    """Nor does one that accepts unsigned requests (reference/field.md B.1, row 6)."""
    with pytest.raises(ConfigurationError, match="CHANNELS"):
        channels(connector)


@pytest.mark.parametrize("minutes", [24 * 60 - 4, 24 * 60 + 1])
async def test_news_after_the_window_goes_out_as_an_invitation(minutes: int) -> None:
    """With a margin before the 24 hours end, nothing else is tried (reference/channels.md 1.7)."""
    toy = Toy(templates=True)
    late = row(author="code", heard_at=NOW - timedelta(minutes=minutes))
    assert await channels(toy).deliver(late) == ("1-row-t",)
    assert toy.calls == ["invite es"]


async def test_a_window_that_the_provider_closed_early_is_believed() -> None:
    """Replies can fail inside the window: then the template is sent (reference/channels.md 1.7)."""
    toy = Toy(templates=True, trouble=WindowClosedError("early"))
    assert await channels(toy).deliver(row(author="staff", heard_at=NOW)) == ("1-row-t",)
    assert toy.calls == ["send", "invite es"]


@pytest.mark.parametrize(
    ("author", "templates"), [("bot", True), ("code", False)], ids=["an answer", "no template"]
)
async def test_replies_and_channels_without_templates_invite_no_sender(author, templates) -> None:
    """A reply to a day-old question sends no invitation; the outbox learns that it cannot go."""
    toy = Toy(templates=templates, trouble=WindowClosedError("late"))
    with pytest.raises(WindowClosedError):
        await channels(toy).deliver(row(author=author, heard_at=NOW - 2 * DAY))
    assert toy.calls == ["send"]


async def test_only_a_channel_that_can_be_asked_finds_a_row() -> None:
    """An unknown outcome stays unknown on a plain channel, and on one that is gone."""
    assert await channels(Toy()).find(row()) is None
    assert await channels(Toy(name="sms")).find(row()) is None
