"""Builds what reads the voice notes and keeps the files of senders, where settings ask for it."""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from lola.app.seals import build_admission
from lola.conversation.file_keeping import FileKeeping
from lola.conversation.voice_notes import VoiceNotes
from lola.models.transcription import choose_transcriber

if TYPE_CHECKING:
    from lola.app.service import Service


def voice_notes_of(service: "Service", stack: AsyncExitStack) -> VoiceNotes | None:
    """Return the reader of voice notes; None without VOICE_MODEL. `stack` closes its client."""
    transcriber = choose_transcriber(service.settings, service.metrics)
    if transcriber is None:
        return None
    stack.push_async_callback(transcriber.close)
    return VoiceNotes(
        fetch=service.channels.fetch,
        transcriber=transcriber,
        admit=build_admission(service.settings),
        services=service.services,
        consent=service.consent,
        budgets=service.budgets,
        rates=service.state.rates,
    )


def file_keeping_of(service: "Service") -> FileKeeping | None:
    """Return what keeps files for staff; None without FILES_KEPT_HOURS."""
    if service.state.kept_files is None:
        return None
    return FileKeeping(
        fetch=service.channels.fetch,
        files=service.state.kept_files,
        consent=service.consent,
        rates=service.state.rates,
        settings=service.settings,
    )
