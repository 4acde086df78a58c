"""Files of senders that are kept for staff: encrypted, for a set time, and readable by id only.

A file belongs to one conversation and opens in no other. Nothing here fetches or decodes a file.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Protocol

from lola.domain.messages import ConversationId
from lola.errors import TokenError
from lola.state.store import StateStore

KIND = "file"


class FileSeals(Protocol):
    """Encrypts with keys of this deployment (`lola.money.sealing`)."""

    def seal(self, plain: bytes) -> str:
        """Return a token."""
        ...

    def open(self, token: str) -> bytes:
        """Return what was sealed. Raises TokenError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file. `mime` is what its bytes are, not what was claimed."""

    name: str
    mime: str
    data: bytes = field(repr=False)


class KeptFiles:
    """The files of all conversations, each for `seconds`. Raises StoreUnavailableError."""

    def __init__(self, store: StateStore, seals: FileSeals, seconds: int) -> None:
        self._store = store
        self._seals = seals
        self._seconds = seconds

    async def put(self, conversation: ConversationId, file_id: str, file: KeptFile) -> None:
        """Keep a file; the same id again replaces it and begins its time anew."""
        facts = [conversation, file_id, file.name, file.mime]
        plain = json.dumps(facts).encode() + b"\n" + file.data
        # Several megabytes take milliseconds, in which no other sender shall wait.
        sealed = await asyncio.to_thread(self._seals.seal, plain)
        # The conversation in plain is what an erasure finds the record by.
        value = {"conversation": conversation, "sealed": sealed}
        await self._store.put_record(KIND, _name(conversation, file_id), value, self._seconds)

    async def get(self, conversation: ConversationId, file_id: str) -> KeptFile | None:
        """Return a file; None when there is none, its time is over, or its key is gone."""
        value = await self._store.get_record(KIND, _name(conversation, file_id))
        if value is None:
            return None
        try:
            plain = await asyncio.to_thread(self._seals.open, str(value["sealed"]))
        except TokenError:
            return None
        facts, _, data = plain.partition(b"\n")
        owner, known, name, mime = json.loads(facts)
        if (owner, known) != (conversation, file_id):
            return None
        return KeptFile(name=name, mime=mime, data=data)


def _name(conversation: ConversationId, file_id: str) -> str:
    return f"{conversation}.{file_id}"
