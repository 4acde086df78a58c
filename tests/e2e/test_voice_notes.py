"""Voice notes in the running service: heard where a setting says so, and never trusted alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp.test_utils import TestServer

from lola.channel.names import ChannelName
from lola.sandbox.files import FileShelf, SentFile
from lola.sandbox.telegram.stub import TelegramStub
from lola.sandbox.twilio.stub import TwilioStub
from lola.sandbox.whatsapp.stub import GraphStub
from lola.settings import load_settings
from lola.testing.harness import Harness
from lola.testing.simulated_sender import SimulatedSender, TurnReport
from tests.speech import OPUS, SpeechServer, needs_speech

pytestmark = [pytest.mark.e2e, needs_speech]

WISH = "hola, quiero enviar doscientos dólares a México en efectivo"
STUBS = {
    "whatsapp": GraphStub,
    "twilio_whatsapp": TwilioStub,
    "telegram": TelegramStub,
}
CHANNELS: tuple[ChannelName, ...] = ("whatsapp", "twilio_whatsapp", "telegram")


@asynccontextmanager
async def listening(tmp_path, **more) -> AsyncIterator[tuple[Harness, SpeechServer]]:
    """A service whose transcriber is the stand-in."""
    speech = SpeechServer()
    async with TestServer(speech.app()) as server:
        settings = load_settings(
            port=0,
            lola_data=tmp_path / "data",
            voice_model="openai:whisper-1",
            voice_base_url=str(server.make_url("")).rstrip("/"),
            formality="usted",
            **more,
        )
        async with Harness(settings) as harness:
            yield harness, speech


def shelf(harness: Harness, channel: str) -> FileShelf:
    return harness.sandbox.channel(STUBS[channel]).files


async def send(
    harness: Harness, sender: SimulatedSender, audio: bytes, mime: str = OPUS
) -> TurnReport:
    """Send a voice note on the sender's channel."""
    file: SentFile = shelf(harness, sender.address.channel).put(audio, mime)
    return await sender.turn(await sender.device.send_media("audio", file=file))


def said(turn: TurnReport) -> str:
    return "\n".join(reply.text for reply in turn.replies)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_journey_by_voice_ends_in_the_right_summary(tmp_path, channel):
    """What was heard is shown first; the summary has the spoken figures; a spoken yes approves
    nothing, and a tap does.
    """
    async with listening(tmp_path) as (harness, speech):
        sender = harness.sender(harness.new_number(), channel=channel)
        await sender.prove()
        first = await send(harness, sender, speech.knows(WISH))
        assert first.replies[0].text.startswith(f"Le entendí: «{WISH}»")
        assert "nombre completo de la persona que recibe" in said(first)
        assert first.record["inbound"][0]["text"] == f"🎤 {WISH}"
        await send(harness, sender, speech.knows("Rosa Hernández"))
        summary = await sender.choose("OXXO")
        assert "200" in said(summary)
        assert "Rosa Hernández" in said(summary)
        spoken = await send(harness, sender, speech.knows("sí, confirmo"))
        assert spoken.state["draft"]
        assert not spoken.state["tickets"]
        assert "/l/" not in said(spoken)
        linked = await sender.choose("Confirmar")
        assert linked.state["tickets"]
    assert speech.refused == []


@pytest.mark.parametrize(
    "spoken",
    [
        "mi tarjeta: cuatro uno uno uno, uno uno uno uno, uno uno uno uno, uno uno uno uno",
        "mi tarjeta es cuarenta y uno once, once once, once once, once once",
    ],
    ids=["digits", "pairs"],
)
async def test_a_spoken_card_number_is_nowhere(tmp_path, capfd, spoken):
    """The sender is told why, and neither store, log nor model saw the number or the sound."""
    from tests.unit.models.servers import GeminiServer

    gemini = GeminiServer()
    async with TestServer(gemini.app()) as server:
        model = {
            "lola_model": ("gemini:gemini-3.8-flash",),
            "gemini_api_key": "k",
            "google_gemini_base_url": str(server.make_url("")).rstrip("/"),
        }
        async with listening(tmp_path, **model) as (harness, speech):
            sender = harness.sender(harness.new_number())
            audio = speech.knows(spoken)
            told = await send(harness, sender, audio)
            assert "borré los datos de tarjeta" in said(told)
            assert "entendí" not in said(told)
            gemini.says("¿A qué país quiere enviar?")
            again = await sender.say("ok, entonces quiero enviar dinero")
            assert "país" in said(again)
    logs = "".join(capfd.readouterr())
    stored = b"".join(
        path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()
    )
    assert b"borr" in stored
    middle = len(audio) // 2
    assert audio[middle : middle + 60] not in stored
    # Four digits alone occur in random ids by chance.
    traces = ("41111111", "4111 1111", "4111-1111", "1111 1111")
    for trace in (*traces, "uno uno", "once once", "cuarenta y uno"):
        assert trace.encode() not in stored.replace("••••1111".encode(), b"")
        assert trace not in logs
        assert trace not in str(gemini.requests).replace("••••1111", "")


async def test_a_note_that_cannot_be_heard_is_told(tmp_path):
    """What is no sound, too long, unknown to the transcriber or gone gets an honest sentence; the
    words beside it are answered.
    """
    async with listening(tmp_path, voice_length_seconds=3) as (harness, speech):
        sender = harness.sender(harness.new_number())
        picture = await send(harness, sender, b"\xff\xd8\xff" + bytes(500))
        assert "No pude escuchar su nota de voz" in said(picture)
        long = await send(harness, sender, speech.knows("quiero enviar " * 8))
        assert "muy larga" in said(long)
        speech.status = 500
        broken = await send(harness, sender, speech.knows("hola"))
        assert "No pude escuchar" in said(broken)
        gone = await sender.turn(await sender.device.send_media("audio"))
        assert "No pude escuchar" in said(gone)
        speech.status = 200
        heard = await send(harness, sender, speech.knows("hola, buenas"))
        assert heard.replies[0].text.startswith("Le entendí: «hola, buenas»")
    assert speech.heard == ["hola, buenas"]


async def test_the_notes_of_a_day_are_limited(tmp_path):
    """Over the limit nothing is fetched or written down."""
    async with listening(tmp_path, voice_notes_per_day=1) as (harness, speech):
        sender = harness.sender(harness.new_number())
        audio = speech.knows("hola")
        await send(harness, sender, audio)
        over = await send(harness, sender, audio)
        assert "No pude escuchar" in said(over)
        assert len(shelf(harness, "whatsapp").fetched) == 1


async def test_a_spoken_stop_counts_and_silence_is_kept(tmp_path):
    """STOP may be spoken; what an opted-out sender says afterwards is not even fetched."""
    async with listening(tmp_path) as (harness, speech):
        sender = harness.sender(harness.new_number())
        await sender.say("hola")
        stopped = await send(harness, sender, speech.knows("ya no me manden más mensajes"))
        assert stopped.route == "consent"
        before = len(shelf(harness, "whatsapp").fetched)
        quiet = await send(harness, sender, speech.knows("quiero enviar dinero"))
        assert quiet.replies == ()
        assert len(shelf(harness, "whatsapp").fetched) == before


async def test_without_the_setting_nothing_is_fetched(tmp_path):
    """As it comes the service hears nothing and says so."""
    async with Harness(load_settings(port=0, lola_data=tmp_path / "data")) as harness:
        sender = harness.sender(harness.new_number())
        told = await send(harness, sender, b"OggS")
        assert "Todavía no puedo escuchar notas de voz" in said(told)
        assert shelf(harness, "whatsapp").fetched == []
