"""What people write, on the running service: captions, cards, waiting, corrections, two transfers.

The rows are kinds of messages that real senders write; each has words of its own beside the first.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender, TurnReport

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

SUMMARY = {"es": "Revisa tu envío", "en": "Check your transfer"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Harness]:
    settings = load_settings(port=0, lola_data=tmp_path_factory.mktemp("senders"))
    async with Harness(settings) as running:
        yield running


@pytest.fixture
def new(harness: Harness) -> SimulatedSender:
    """A sender whom the bank does not know."""
    return harness.sender(harness.new_number())


@pytest.fixture
def verified(harness: Harness) -> SimulatedSender:
    """A sender with saved people and past transfers."""
    return harness.sender(harness.new_number("verified"))


async def told(sender: SimulatedSender, *lines: str) -> TurnReport:
    """Write or tap (in square brackets) one line after another; return the last turn."""
    for line in lines:
        report = await (sender.choose(line[1:-1]) if line.startswith("[") else sender.say(line))
    return report


def text_of(report: TurnReport) -> str:
    return "\n".join(reply.text for reply in report.replies)


@pytest.mark.parametrize("channel", ["whatsapp", "twilio_whatsapp"])
@pytest.mark.parametrize(
    "caption",
    ["quiero hablar con una persona, me robaron", "I want to talk to a person, look at this"],
)
async def test_a_caption_calls_a_person(harness: Harness, channel, caption: str) -> None:
    """What is written under a picture is the message, and staff read it with the picture's name."""
    sender = harness.sender(harness.new_number(), channel=channel)
    called = await sender.turn(await sender.device.send_media("image", caption))
    assert called.route == "people"
    assert called.record["inbound"][0]["text"] == caption


async def test_a_picture_with_words_is_answered_about_both(new: SimulatedSender) -> None:
    """The words get their answer; what could not be opened is said too."""
    asked = "¿cuánto cuesta enviar 100 dólares a México?"
    answer = await new.turn(await new.device.send_media("image", asked))
    assert "pre_quote" in answer.tools
    assert "no puedo abrir el archivo" in answer.replies[0].text
    assert "1,725.00 MXN" in answer.replies[-1].text


async def test_staff_read_captions_of_a_sender_who_waits(new: SimulatedSender) -> None:
    """The bot says that the message is kept, and the record shows its words."""
    await new.say("quiero hablar con una persona")
    kept = await new.turn(await new.device.send_media("image", "mi recibo folio 123"))
    assert kept.record["inbound"][0]["text"] == "mi recibo folio 123"
    assert "guardado" in text_of(kept)


async def test_a_waiting_sender_is_told_once_and_counted(new: SimulatedSender) -> None:
    """Messages close together get one line; the queue knows how many there were."""
    await new.say("quiero hablar con una persona")
    reports = [await new.say(text) for text in ("¿hola?", "¿sigue ahí?", "me urge")]
    assert [len(report.replies) for report in reports] == [1, 0, 0]
    assert reports[-1].state["waiting_messages"] == 3


@pytest.mark.parametrize("channel", ["whatsapp", "telegram"])
async def test_a_contact_card_is_the_recipient(harness: Harness, channel) -> None:
    """Name and number answer the open question; nothing of the sender's own is confirmed."""
    sender = harness.sender(harness.new_number(), channel=channel)
    await sender.prove()
    await told(sender, "quiero enviar 100 dólares a Honduras, billetera móvil")
    shared = await sender.turn(await sender.device.share_contact("Marta Reyes", "+50498765432"))
    assert "confirmé tu número" not in text_of(shared)
    assert SUMMARY["es"] in text_of(shared)
    assert "Para: Marta Reyes" in text_of(shared)
    assert "+504 9876" in text_of(shared)


async def test_the_way_back_leads_to_the_open_question(new: SimulatedSender) -> None:
    """The draft goes on where it was before a person was called."""
    await told(new, "100 dólares a Rosa Pop en Guatemala, efectivo")
    back = await told(new, "quiero hablar con una persona", "[Seguir con Lola]")
    assert [title for _, title in back.replies[-1].options] == ["Banrural", "Banco Industrial"]
    summary = await told(new, "Banrural")
    assert "Para: Rosa Pop" in text_of(summary)
    assert (await told(new, "[Confirmar]")).replies[-1].links
