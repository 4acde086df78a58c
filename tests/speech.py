"""Spoken Spanish for tests, and a stand-in of a server that writes speech down.

The speech is made by espeak-ng and packed as Ogg Opus, as WhatsApp and Telegram send voice notes.
The stand-in knows the words of the recordings that were made here, by their digest; it refuses
what is no such recording.
"""

import subprocess
from dataclasses import dataclass, field
from hashlib import sha256
from shutil import which
from typing import Any

import pytest
from aiohttp import web

OPUS = "audio/ogg; codecs=opus"
needs_speech = pytest.mark.skipif(
    which("espeak-ng") is None or which("opusenc") is None,
    reason="`make speech` installs espeak-ng and opus-tools",
)


def speak(words: str, *, language: str = "es-419") -> bytes:
    """Return a voice note in which these words are spoken."""
    command = [which("espeak-ng") or "", "-v", language, "--stdin", "--stdout"]
    wave = subprocess.run(  # noqa: S603
        command, input=words.encode(), capture_output=True, check=True
    ).stdout
    packed = subprocess.run(  # noqa: S603
        [which("opusenc") or "", "--quiet", "--bitrate", "16", "-", "-"],
        input=wave,
        capture_output=True,
        check=True,
    )
    return packed.stdout


@dataclass
class SpeechServer:
    """`POST /audio/transcriptions`, and `generateContent` of Gemini, for known recordings.

    `writes` are the words that it writes down for some words that are spoken, where they differ.
    """

    url: str = ""
    words: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    status: int = 200

    def knows(self, words: str, *, written: str = "") -> bytes:
        """Return a voice note with these words, and remember how it is written down."""
        audio = speak(words)
        self.words[sha256(audio).hexdigest()] = written or words
        return audio

    def app(self) -> web.Application:
        """The application that serves both wires."""
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_post("/audio/transcriptions", self._transcribe)
        return app

    async def _transcribe(self, request: web.Request) -> web.Response:
        if self.status != 200:
            return web.json_response({"error": {"message": "planted"}}, status=self.status)
        form = await request.post()
        file: Any = form["file"]
        audio = file.file.read()
        text = self.written(audio)
        if text is None or not file.filename.endswith(".ogg") or form["model"] != "whisper-1":
            self.refused.append(f"{file.filename} {form['model']}")
            return web.json_response({"error": {"message": "Invalid file format."}}, status=400)
        return web.json_response({"text": text})

    def written(self, audio: bytes) -> str | None:
        """Return the words of a recording of ours that is real Ogg Opus, else None."""
        is_opus = audio.startswith(b"OggS") and audio[28:36] == b"OpusHead"
        text = self.words.get(sha256(audio).hexdigest())
        if not is_opus or text is None:
            return None
        self.heard.append(text)
        return text
