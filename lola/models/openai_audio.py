"""Writes down voice notes with `/audio/transcriptions`: OpenAI's, or that of a server of the bank's
own that speaks the same wire (`lola.models.transcription`).
"""

import asyncio

from lola.errors import ModelError
from lola.models.boundary import model_boundary
from lola.models.chat import Usage
from lola.models.openai_client import OpenAIClient, status_error
from lola.models.tokens import estimate_tokens
from lola.models.transcription import Recording, Transcript, estimate

# Servers tell the format by the ending of the file's name.
_ENDINGS = {
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "audio/wav": "wav",
    "audio/flac": "flac",
    "audio/amr": "amr",
    "audio/aac": "aac",
}


class OpenAITranscriber:
    """One model of a server."""

    def __init__(self, model: str, *, api_key: str, base_url: str) -> None:
        import openai  # noqa: F401 - loaded at the start and not in a turn

        self.name = f"openai:{model}"
        self._model = model
        self._client = OpenAIClient(api_key=api_key, base_url=base_url)

    async def transcribe(self, recording: Recording, *, seconds: float) -> Transcript:
        """Return the words. Raises ModelError."""
        name = f"note.{_ENDINGS.get(recording.mime, 'bin')}"
        with model_boundary("openai", status_error):
            async with asyncio.timeout(seconds):
                answer = await self._client.opened().audio.transcriptions.create(
                    model=self._model,
                    file=(name, recording.audio, recording.mime),
                    response_format="json",
                    timeout=seconds,
                )
            text = answer.text
            if not isinstance(text, str):
                raise ModelError(
                    "openai's answer cannot be read", reason="unreadable", retryable=True
                )
        counted = getattr(answer, "usage", None)
        given = getattr(counted, "input_tokens", None), getattr(counted, "output_tokens", None)
        # Servers that bill by length count no tokens.
        usage = Usage(
            input_tokens=given[0] or estimate(recording),
            output_tokens=given[1] or estimate_tokens(text),
            is_estimate=not all(given),
        )
        return Transcript(text=text.strip(), usage=usage)

    async def close(self) -> None:
        """Release connections."""
        await self._client.close()
