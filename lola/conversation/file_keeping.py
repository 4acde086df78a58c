"""Pictures and documents: looks at what a file is, and keeps it for staff where a setting says so.

It runs before the turn is opened, so the record of the turn says what the file is. No file goes to
a model, and no sound is kept. A file that is not what it claims to be is told to staff and dropped.
"""

import asyncio
from dataclasses import dataclass, replace
from hashlib import blake2b

import structlog

from lola.consent import ConsentStore
from lola.conversation.voice_notes import Fetch
from lola.domain.messages import MediaContent
from lola.domain.work import Envelope, Work
from lola.errors import ChannelError
from lola.safety.input.file_types import agrees, type_of
from lola.settings import Settings
from lola.state.kept_files import KeptFile, KeptFiles
from lola.state.rates import DAY, Rate, Rates
from lola.telemetry import names

SECONDS = 8.0
"""For the files of one turn; what takes longer is not kept, and the reply does not wait."""
NO_CLAIM = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_KEPT = frozenset({"image", "video", "document"})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKeeping:
    """Keeps the files of leased work. Raises StoreUnavailableError."""

    fetch: Fetch
    files: KeptFiles
    consent: ConsentStore
    rates: Rates
    settings: Settings

    async def keep(self, work: Work) -> Work:
        """Return the work with what its files are. Those of an opted-out sender are not fetched."""
        if not any(map(_is_file, work.envelopes)):
            return work
        if await self.consent.is_opted_out(work.envelopes[-1].inbound.address):
            return work
        done: dict[int, Envelope] = {}
        try:
            async with asyncio.timeout(SECONDS):
                for envelope in filter(_is_file, work.envelopes):
                    done[envelope.seq] = await self._kept(work, envelope)
        except TimeoutError:
            log.warning(names.FILE_NOT_KEPT, conversation=work.conversation, reason="timeout")
        envelopes = tuple(done.get(envelope.seq, envelope) for envelope in work.envelopes)
        return replace(work, envelopes=envelopes)

    async def _kept(self, work: Work, envelope: Envelope) -> Envelope:
        message = envelope.inbound
        content = message.content
        assert isinstance(content, MediaContent)  # noqa: S101 - `_is_file` said so
        rate = Rate(name="files", count=self.settings.files_per_day, seconds=DAY)
        account = message.address.phone or message.conversation
        if (await self.rates.take(account, rate, once=message.id)).refused:
            log.warning(names.FILE_NOT_KEPT, conversation=work.conversation, reason="limit")
            return envelope
        try:
            data = await self.fetch(message.address, content.file, self.settings.file_bytes)
        except ChannelError as error:
            log.warning(names.FILE_NOT_KEPT, conversation=work.conversation, reason=error.code)
            return envelope
        found = type_of(data)
        claimed = "" if content.mime in NO_CLAIM else content.mime
        content = replace(content, size=len(data))
        if not found or (claimed and not agrees(claimed, found)):
            log.warning(names.FILE_NOT_KEPT, conversation=work.conversation, reason="type")
            return envelope.with_content(replace(content, doubt=True))
        content = replace(content, mime=claimed or found)
        if found.startswith("audio/"):
            return envelope.with_content(content)
        file_id = blake2b(message.id.encode(), digest_size=12).hexdigest()
        kept = KeptFile(name=content.name, mime=found, data=data)
        await self.files.put(work.conversation, file_id, kept)
        return envelope.with_content(replace(content, kept=file_id))


def _is_file(envelope: Envelope) -> bool:
    match envelope.inbound.content:
        case MediaContent(media=media, file=file):
            return bool(file) and media in _KEPT
        case _:
            return False
