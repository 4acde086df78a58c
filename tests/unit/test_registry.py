"""The channels of a deployment: one per name and path, sends counted by outcome."""

import pytest

from lola.channel import Receipt
from lola.delivery.model import OutboxRow
from lola.errors import AmbiguousSendError, ConfigurationError, RejectedError, RetryLaterError
from lola.messages import TextMessage
from lola.registry import Channels
from lola.telemetry.metrics import Metrics
from tests.support import ADDRESS


class Toy:
    """A channel in memory; `trouble` is raised on every send."""

    def __init__(self, name: str = "whatsapp", route: str = "/webhooks/toy", trouble=None) -> None:
        self.name = name
        self.routes = (route,)
        self._trouble = trouble

    async def send(self, address, message, reference):
        if self._trouble:
            raise self._trouble
        return (Receipt(provider_id=f"{reference}-a"), Receipt(provider_id=f"{reference}-b"))


ROW = OutboxRow(
    id="1-row", conversation=ADDRESS.conversation, address=ADDRESS, author="bot", money=False,
    message=TextMessage(content="hola"), epoch=0, trace_id="t",
)  # fmt: skip


async def test_a_row_goes_to_its_channel() -> None:
    """Every provider id comes back, also when one message became two."""
    assert await Channels([Toy()], Metrics()).deliver(ROW) == ("1-row-a", "1-row-b")


async def test_a_row_of_a_channel_that_is_gone_is_rejected() -> None:
    """A removed channel does not block the outbox for ever."""
    with pytest.raises(RejectedError):
        await Channels([Toy(name="sms")], Metrics()).deliver(ROW)


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        (RetryLaterError("busy"), "retried"),
        (RejectedError("no"), "rejected"),
        (AmbiguousSendError("?"), "unknown"),
    ],
)
async def test_trouble_is_counted_and_passed_on(trouble, outcome: str) -> None:
    """The outbox decides what to do; the figures say how often."""
    metrics = Metrics()
    with pytest.raises(type(trouble)):
        await Channels([Toy(trouble=trouble)], metrics).deliver(ROW)
    assert f'channel="whatsapp",outcome="{outcome}"' in metrics.render().decode()


@pytest.mark.parametrize(
    "second", [Toy(route="/webhooks/other"), Toy(name="sms", route="/webhooks/toy")]
)
def test_two_channels_share_neither_name_nor_path(second) -> None:
    """A second one would silently take the first one's messages."""
    with pytest.raises(ConfigurationError, match="CHANNELS"):
        Channels([Toy(), second], Metrics())
