"""What people write, on the running service: captions, cards, waiting, corrections, two transfers.

The rows are kinds of messages that real senders write; each has words of its own beside the first.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender, TurnReport
from lola.testing.waiting import until
from lola.testing.widget_browser import WidgetError

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


async def seen(sender: SimulatedSender, words: str) -> None:
    """Wait until a message or an option with these words has been delivered."""

    async def is_there() -> bool:
        return any(
            words in message.text or words in [title for _, title in message.options]
            for message in sender.last_seen
        )

    await until(is_there)


def text_of(report: TurnReport) -> str:
    """Return what this turn said; deliveries of other turns may still be on their way."""
    return "\n".join(message["content"] for message in report.record["outbound"])


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
    shown, words = called.record["inbound"][0]["text"].split("\n")
    assert (shown[0], words) == ("📎", caption)


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
    assert kept.record["inbound"][0]["text"].endswith("\nmi recibo folio 123")
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


TWO = {
    "es": "quiero mandar 100 a mi mama Rosa Diaz y 50 a mi tia Luz Diaz, las dos en mexico, oxxo",
    "en": "send 100 dollars to Rosa Diaz and 50 dollars to Luz Diaz, both in Mexico at oxxo",
}


@pytest.mark.parametrize("language", ["es", "en"])
async def test_two_transfers_are_named_back_and_done_one_after_the_other(
    harness: Harness, new: SimulatedSender, language: str
) -> None:
    """No summary holds parts of both; the second comes when the first is approved."""
    confirm = {"es": "[Confirmar]", "en": "[Confirm]"}[language]
    first = await told(new, TWO[language])
    # What is named comes before the summary, in one message.
    named, _, summary = text_of(first).partition("2. 50")
    assert "1. 100" in named
    assert "Rosa Diaz" in summary
    assert "100.00 USD" in summary
    linked = await told(new, confirm)
    ((_, url),) = linked.replies[-1].links
    assert not (await told(new, {"es": "¿y el otro?", "en": "and the other one?"}[language])).tools
    await harness.widget.press(url, "approve")
    offered = {"es": "Preparar el otro", "en": "Prepare the other"}[language]
    await seen(new, offered)
    await told(new, f"[{offered}]")
    await seen(new, "50.00 USD")
    assert "Luz Diaz" in new.last_seen[-1].text
    await told(new, confirm)

    async def links() -> list[str]:
        return [url for message in new.last_seen for _, url in message.links][1:]

    assert await until(links) != [url]


async def test_a_dropped_first_transfer_leads_to_the_second(new: SimulatedSender) -> None:
    """Two countries in one message: each summary has its own, and a no ends the second too."""
    await told(new, "80 dólares a Ana Paz en Honduras y 120 a Luis Mena en Guatemala, efectivo")
    summary = await told(new, "efectivo", "[Elektra Honduras]")
    assert "Para: Ana Paz" in text_of(summary)
    assert "80.00 USD" in text_of(summary)
    cancelled = await told(new, "[Cancelar]")
    assert "120 a Luis Mena en Guatemala" in cancelled.replies[-1].text
    assert "Está bien" in text_of(await told(new, "[Ya no]"))


async def test_a_second_transfer_beside_an_open_summary_waits(new: SimulatedSender) -> None:
    """It does not overwrite the summary on the screen, which can still be confirmed."""
    await told(new, "200 dólares a Rosa Paz en México, efectivo, oxxo")
    noted = await told(new, "y también 50 a mi tía Luz Diaz")
    assert "50 a mi tía Luz Diaz" in text_of(noted)
    linked = await told(new, "[Confirmar]")
    assert "Rosa Paz recibirá 3,450.00 MXN" in text_of(linked)


CORRECTIONS = [
    ("no espera, eran 350", "Envías: 350.00 USD"),
    ("que sean 300", "Envías: 300.00 USD"),
    ("es Pedro, no Rosa", "Para: Pedro Paz"),
    ("mejor que lo cobre en Elektra", "Elektra"),
]


@pytest.mark.parametrize(("words", "shown"), CORRECTIONS)
async def test_a_correction_after_the_link_withdraws_it(
    harness: Harness, new: SimulatedSender, words: str, shown: str
) -> None:
    """The old link ends at the partner, the new summary keeps everything else."""
    linked = await told(new, "200 dólares a Rosa Paz en México, efectivo, oxxo", "[Confirmar]")
    ((_, url),) = linked.replies[-1].links
    corrected = await told(new, words)
    assert "ya no sirve" in corrected.replies[0].text
    assert shown in corrected.replies[-1].text
    assert "Paz" in corrected.replies[-1].text
    with pytest.raises(WidgetError):
        await harness.widget.press(url, "approve")
    assert (await told(new, "[Confirmar]")).replies[-1].links


@pytest.mark.parametrize("words", ["sorry, make it 300", "wait, it was 300"])
async def test_a_correction_in_english(new: SimulatedSender, words: str) -> None:
    """The same in the other language."""
    await told(new, "send 200 dollars to Rosa Paz in Mexico, cash at oxxo", "[Confirm]")
    corrected = await told(new, words)
    assert "no longer works" in corrected.replies[0].text
    assert "You send: 300.00 USD" in corrected.replies[-1].text


async def test_another_transfer_after_the_link_leaves_it(
    harness: Harness, new: SimulatedSender
) -> None:
    """A new person with another amount corrects nothing."""
    linked = await told(new, "200 dólares a Rosa Paz en México, efectivo, oxxo", "[Confirmar]")
    ((_, url),) = linked.replies[-1].links
    await told(new, "ahora quiero mandar 100 a Luis Mena en Guatemala, efectivo, banrural")
    await harness.widget.press(url, "approve")
    await seen(new, "Aprobaste tu envío")


async def test_a_correction_of_an_approved_transfer_is_told_the_truth(
    harness: Harness, new: SimulatedSender
) -> None:
    """What was approved is not changed from the chat, and a person is offered."""
    linked = await told(new, "200 dólares a Rosa Paz en México, efectivo, oxxo", "[Confirmar]")
    await harness.widget.press(linked.replies[-1].links[0][1], "approve")
    await seen(new, "Referencia")
    late = await told(new, "no espera, eran 350")
    assert "ya tiene tu aprobación" in text_of(late)
    offered = [option["title"] for option in late.record["outbound"][-1]["options"]]
    assert "Hablar con alguien" in offered


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("¿puedo cobrar en OXXO en Guatemala?", "OXXO no paga en Guatemala: solo en México"),
        ("¿Elektra funciona en Colombia?", "solo en México y Honduras"),
        ("can my sister pick up at OXXO in El Salvador?", "OXXO does not pay in El Salvador"),
        ("does Banrural work in Mexico?", "Banrural does not pay in Mexico: only in Guatemala"),
        ("¿Cuánto es 100 dólares en quetzales?", "768.00 GTQ"),
        ("how much is 150 dollars in mexican pesos?", "2,587.50 MXN"),
    ],
)
async def test_what_a_place_can_do_is_asked_of_a_tool(
    new: SimulatedSender, asked: str, answer: str
) -> None:
    """A question gets a fact of a tool, never an acknowledgement."""
    assert answer in text_of(await new.say(asked))


@pytest.mark.parametrize(
    "words",
    [
        "mi mamá no ha recibido el dinero", "a mi hermana todavía no le cae el depósito",
        "my mom hasn't gotten the money yet",
    ],
)  # fmt: skip
async def test_money_that_has_not_arrived_is_looked_up(
    verified: SimulatedSender, words: str
) -> None:
    """The status comes from the bank's record, and a person is offered."""
    report = await verified.say(words)
    assert "get_own_status" in report.tools
    assert report.replies[-1].options[0][1] in {"Hablar con alguien", "Talk to a person"}


@pytest.mark.parametrize(
    "words", ["ya aprobé, ¿a qué hora le llega?", "¿cuándo llega?", "¿ya puede cobrar?"]
)
async def test_after_the_approval_a_time_is_asked_about_this_transfer(
    harness: Harness, verified: SimulatedSender, words: str
) -> None:
    """The status of the transfer in this chat, not a brochure on opening hours."""
    linked = await told(verified, "200 dólares a Rosa Paz en México, efectivo, oxxo", "[Confirmar]")
    await harness.widget.press(linked.replies[-1].links[0][1], "approve")
    await seen(verified, "Referencia")
    report = await told(verified, words)
    assert report.tools == ("get_own_status",)
    assert "200.00 USD para Rosa Paz" in text_of(report)


async def test_a_tap_on_an_earlier_offer_means_that_offer(new: SimulatedSender) -> None:
    """Its question is answered anew, with figures of now."""
    await told(new, "¿cuánto cuesta enviar 100 dólares a México?")
    first = new.last_seen[-1].options[0]
    await told(new, "¿cuánto cuesta enviar 250 dólares a Guatemala?")
    again = await new.turn(await new.device.tap(*first))
    assert "mensaje anterior" in again.replies[0].text
    assert "100.00 USD a México" in again.replies[-1].text
    await told(new, "[Sí, enviar dinero]")
    summary = await told(new, "Rosa Paz", "efectivo", "OXXO")
    assert "Envías: 100.00 USD" in text_of(summary)


@pytest.mark.parametrize("bare", ["200", "doscientos"])
async def test_a_bare_amount_is_kept_while_the_country_is_asked(
    new: SimulatedSender, bare: str
) -> None:
    """It answers a question that comes later, and is not asked again."""
    kept = await told(new, "quiero mandar dinero", bare)
    assert "¿A qué país" in text_of(kept)
    assert "no te entendí" not in text_of(kept)
    summary = await told(new, "a Honduras", "Ana Paz", "efectivo", "Elektra Honduras")
    assert "Envías: 200.00 USD" in text_of(summary)


GIVING_UP = [
    "ya no, déjelo así", "mejor otro día", "siempre no", "me arrepentí", "i changed my mind",
    "maybe another time",
]  # fmt: skip


@pytest.mark.parametrize("words", GIVING_UP)
async def test_giving_up_ends_the_draft_kindly(new: SimulatedSender, words: str) -> None:
    """Before and after the summary, nothing goes on and nothing is asked again."""
    await told(new, "quiero mandar 200 dólares a Rosa Paz en México")
    assert (await told(new, words)).replies[-1].options == ()
    await told(new, "200 dólares a Rosa Paz en México, efectivo, oxxo")
    ended = await told(new, words)
    assert ended.tools == ("cancel_transfer",)
    assert ended.state["draft"] is None


async def test_a_burst_of_six_messages_is_one_answer(tmp_path) -> None:
    """With the pause of production, each fact is in the one summary."""
    settings = load_settings(port=0, lola_data=tmp_path, retriever="", debounce_seconds=0.2)
    async with Harness(settings) as harness:
        sender = harness.sender(harness.new_number())
        lines = ("hola", "quiero mandar dinero", "a méxico", "200 dolares", "a Rosa Paz", "en oxxo")
        posted = [await sender.device.say(line) for line in lines]
        report = await sender.turn(posted[-1])
    assert len(report.record["inbound"]) == 6
    (summary,) = report.replies
    assert "Para: Rosa Paz" in summary.text
    assert "Envías: 200.00 USD" in summary.text
