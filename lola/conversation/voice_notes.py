"""Voice notes: fetches one from its channel and has it written down, where a setting says so.

It runs before the turn is opened, so what was said passes everything that a typed message passes:
consent, notices, agents. Card data and codes are removed before the words get anywhere. No audio
is kept, logged, or sent to a chat model.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from time import monotonic

import structlog

from lola.consent import ConsentStore
from lola.conversation.opening import open_turn
from lola.domain.messages import Address, Hearing, Inbound, MediaContent
from lola.domain.work import Envelope, Work
from lola.errors import ChannelError, ModelError
from lola.models.budgets import Budgets
from lola.models.meter import Meter
from lola.models.transcription import MeasuredTranscriber, Recording, most_usage
from lola.safety.input.admission import Admission
from lola.safety.input.file_types import AUDIO, seconds_of, type_of
from lola.safety.input.hygiene import clean
from lola.safety.input.spoken import redact_heard
from lola.services import Services
from lola.state.rates import DAY, Rate, Rates
from lola.telemetry import names

AUDIO_BYTES = 16 * 1024 * 1024
"""The longest file that a channel takes from a sender as audio (reference/channels.md 1.6)."""
WORDS_LIMIT = 4096

Fetch = Callable[[Address, str, int], Awaitable[bytes]]
"""Returns a file of at most so many bytes (`lola.delivery.channels.Channels.fetch`)."""

log = structlog.get_logger(__name__)


class _UnheardError(Exception):
    """Why a note has no words: `failed` or `long`, and the reason for the log."""

    def __init__(self, hearing: Hearing, reason: str) -> None:
        super().__init__(reason)
        self.hearing = hearing
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceNotes:
    """Hears the voice notes of leased work. Raises StoreUnavailableError."""

    fetch: Fetch
    transcriber: MeasuredTranscriber
    admit: Admission
    services: Services
    consent: ConsentStore
    budgets: Budgets
    rates: Rates

    async def hear(self, work: Work, meter: Meter) -> Work:
        """Return the work with the words of its voice notes; `meter` counts what they took.

        Those of one burst share the time. What a sender says who wants no messages is not heard.
        """
        if not any(map(_is_note, work.envelopes)):
            return work
        if await self.consent.is_opted_out(work.envelopes[-1].inbound.address):
            return work
        ends = monotonic() + self.services.settings.voice_seconds
        envelopes = [
            await self._heard(work, one, meter, ends) if _is_note(one) else one
            for one in work.envelopes
        ]
        return replace(work, envelopes=tuple(envelopes))

    async def _heard(self, work: Work, envelope: Envelope, meter: Meter, ends: float) -> Envelope:
        message = envelope.inbound
        content = message.content
        assert isinstance(content, MediaContent)  # noqa: S101 - `_is_note` said so
        try:
            async with asyncio.timeout(max(ends - monotonic(), 0)):
                recording = await self._fetched(message, content)
                words = await self._written(work, envelope, recording, meter, ends)
        except _UnheardError as error:
            log.warning(names.VOICE_UNHEARD, conversation=work.conversation, reason=error.reason)
            return envelope.with_content(replace(content, hearing=error.hearing))
        except (ChannelError, ModelError) as error:
            log.warning(names.VOICE_UNHEARD, conversation=work.conversation, reason=error.code)
            return envelope.with_content(replace(content, hearing="failed"))
        except TimeoutError:
            log.warning(names.VOICE_UNHEARD, conversation=work.conversation, reason="timeout")
            return envelope.with_content(replace(content, hearing="failed"))
        return self._admitted(envelope, content, words)

    async def _fetched(self, message: Inbound, content: MediaContent) -> Recording:
        settings = self.services.settings
        account = message.address.phone or message.conversation
        rate = Rate(name="voice", count=settings.voice_notes_per_day, seconds=DAY)
        if (await self.rates.take(account, rate, once=message.id)).refused:
            raise _UnheardError("failed", "limit")
        audio = await self.fetch(message.address, content.file, AUDIO_BYTES)
        mime = type_of(audio)
        if mime not in AUDIO:
            raise _UnheardError("failed", "type")
        length = seconds_of(audio)
        if length > settings.voice_length_seconds:
            raise _UnheardError("long", "length")
        return Recording(audio=audio, mime=mime, seconds=length)

    async def _written(
        self, work: Work, envelope: Envelope, recording: Recording, meter: Meter, ends: float
    ) -> str:
        services = self.services
        turn = open_turn(work, services.clock(), services.settings.default_language)
        name = f"voice:{envelope.seq}"
        most = most_usage(recording)
        async with self.budgets.spend(turn, name, most, meter) as may_ask:
            if not may_ask:
                raise _UnheardError("failed", "budget")
            reply = await self.transcriber.transcribe(recording, seconds=ends - monotonic())
            meter.answered(reply)
        if not reply.text:
            raise _UnheardError("failed", "silence")
        return reply.text

    def _admitted(self, envelope: Envelope, content: MediaContent, words: str) -> Envelope:
        """Return the note with its words, as if they had come typed."""
        heard = redact_heard(clean(words, WORDS_LIMIT))
        said = "\n".join(filter(None, (content.caption, heard.text)))
        message = replace(
            envelope.inbound,
            content=replace(content, caption=said, hearing="heard"),
            redacted=(*envelope.inbound.redacted, *heard.found),
        )
        return replace(envelope, inbound=self.admit(message))


def _is_note(envelope: Envelope) -> bool:
    match envelope.inbound.content:
        case MediaContent(media="audio", file=file, hearing=""):
            return bool(file)
        case _:
            return False
