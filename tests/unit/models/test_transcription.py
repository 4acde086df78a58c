"""What writes voice notes down, against the wires of Gemini and of `/audio/transcriptions`."""

from base64 import urlsafe_b64decode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.errors import ConfigurationError, ModelError
from lola.models.gemini_audio import NOTHING
from lola.models.transcription import Recording, choose_transcriber
from lola.settings import load_settings
from lola.telemetry.metrics import Metrics

NOTE = Recording(audio=b"OggS-some-sound", mime="audio/ogg", seconds=2.0)
PRICES = {"gemini:gemini-3.8-flash": {"input": "1", "output": "2"}}


def chosen(**settings):
    return choose_transcriber(load_settings(**settings), Metrics())


@pytest.fixture
async def whisper():
    """A server that answers as scripted, and keeps what it was sent."""
    answers: list[web.Response] = []
    forms: list[dict] = []

    async def handle(request: web.Request) -> web.Response:
        form = await request.post()
        forms.append({**form, "file": (form["file"].filename, form["file"].file.read())})
        forms[-1]["key"] = request.headers["Authorization"]
        return answers.pop(0)

    app = web.Application()
    app.router.add_post("/v1/audio/transcriptions", handle)
    async with TestServer(app) as server:
        yield str(server.make_url("/v1")), answers, forms


async def test_gemini_gets_the_sound_and_returns_the_words(gemini):
    """The recording is inline data; tokens and cost are counted (reference/channels.md 5.1)."""
    heard = chosen(
        voice_model="gemini:gemini-3.8-flash",
        gemini_api_key="k",
        google_gemini_base_url=gemini.url,
        model_prices=PRICES,
    )
    gemini.says(" Quiero enviar 200 dólares ")
    reply = await heard.transcribe(NOTE, seconds=5)
    await heard.close()
    assert gemini.broken_rules == []
    assert reply.text == "Quiero enviar 200 dólares"
    assert (reply.model, reply.usage.input_tokens) == ("gemini:gemini-3.8-flash", 10)
    assert reply.cost is not None
    sound = gemini.requests[0]["contents"][0]["parts"][0]["inlineData"]
    assert urlsafe_b64decode(sound["data"]) == NOTE.audio
    # The SDK writes this one field as the protocol's definition names it; services take both.
    assert sound["mime_type"] == "audio/ogg"


async def test_silence_has_no_words(gemini):
    """Gemini's mark for nothing becomes an empty text and never reaches a sender."""
    heard = chosen(
        voice_model="gemini:gemini-3.8-flash", gemini_api_key="k", google_gemini_base_url=gemini.url
    )
    gemini.says(NOTHING)
    assert (await heard.transcribe(NOTE, seconds=5)).text == ""
    await heard.close()


async def test_a_server_gets_a_file_and_returns_the_words(whisper):
    """The wire is multipart with the file's ending; without counts the length is the estimate."""
    url, answers, forms = whisper
    heard = chosen(voice_model="openai:whisper-1", voice_base_url=url, openai_api_key="secret")
    answers.append(web.json_response({"text": " hola "}))
    reply = await heard.transcribe(NOTE, seconds=5)
    await heard.close()
    assert (reply.text, reply.usage.is_estimate) == ("hola", True)
    assert reply.usage.input_tokens >= 64
    assert forms[0]["file"] == ("note.ogg", NOTE.audio)
    assert forms[0]["model"] == "whisper-1"
    # The key of OpenAI goes to no other server.
    assert "secret" not in forms[0]["key"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (web.json_response({"error": {"message": "planted-key"}}, status=500), "broken"),
        (web.json_response({"error": {"message": "planted-key"}}, status=401), "denied"),
        (web.json_response({"text": 5}), "unreadable"),
        (web.Response(text="<html>planted-key"), "unreadable"),
    ],
    ids=["broken", "denied", "number", "page"],
)
async def test_every_failure_is_a_model_error(whisper, answer, reason):
    """Nothing of what the server wrote is repeated."""
    url, answers, _ = whisper
    heard = chosen(voice_model="openai:whisper-1", voice_base_url=url)
    answers.append(answer)
    with pytest.raises(ModelError) as caught:
        await heard.transcribe(NOTE, seconds=5)
    await heard.close()
    assert caught.value.reason == reason
    assert "planted" not in str(caught.value)


def test_no_setting_hears_nothing():
    """Voice notes are off unless a setting names a model."""
    assert chosen() is None


def test_a_model_needs_its_access_and_its_price():
    """Without a key, or without a price where cost is limited, the service does not start."""
    with pytest.raises(ConfigurationError, match="VOICE_MODEL"):
        chosen(voice_model="gemini:gemini-3.8-flash")
    with pytest.raises(ConfigurationError, match="MODEL_PRICES"):
        chosen(voice_model="openai:whisper-1", sender_cost_per_day=1)
