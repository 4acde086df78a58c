"""What staff have beside a conversation: drafts of their replies, notes, and who is looking.

None of it reaches a sender or a model. Everything is kept under the conversation's id, so that it
goes with the conversation when a sender is erased, and has an end.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final, Literal

from lola.console.ports import RecordStore
from lola.domain.clock import Clock
from lola.domain.messages import ConversationId, JsonObject

_DESK, _NOTES, _MENTIONS = "console_desk", "console_notes", "console_mentions"
_DRAFT, _SEEN, _TYPING = "draft", "seen", "typing"
DRAFT_FOR: Final = timedelta(hours=24)
NOTE_SECONDS: Final = 30 * 24 * 60 * 60
NOTES_KEPT: Final = 100
NOTE_LIMIT: Final = 1000
SEEN_FOR: Final = timedelta(seconds=30)
SEEN_EVERY: Final = timedelta(seconds=10)
"""How often an open page says that somebody is looking."""
TYPING_FOR: Final = timedelta(seconds=8)
_MENTION = re.compile(r"(?<![\w@.])@([a-z0-9][a-z0-9._-]{0,39})", re.IGNORECASE)


Move = Literal["", "taken", "assigned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note of staff about a conversation; `mentions` are the colleagues that it names.

    One that the console made itself is a `move`: it says who took the conversation over, or to
    whom it was assigned (`text`).
    """

    staff: str
    text: str
    at: datetime
    mentions: tuple[str, ...] = ()
    move: Move = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A note that names a colleague."""

    conversation: ConversationId
    staff: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A colleague who has the conversation's page open."""

    staff: str
    typing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is there now; `drafts` by the name of who types them."""

    notes: tuple[Note, ...]
    present: tuple[Present, ...]
    drafts: dict[str, str]

    def others(self, staff: str) -> tuple[Present, ...]:
        """Return the colleagues who are there beside `staff`."""
        return tuple(one for one in self.present if one.staff != staff)

    def mark(self, staff: str) -> str:
        """Return two short digests, of the notes and of who else is there; empty for neither."""
        notes = [(one.staff, one.at) for one in self.notes]
        seen = [(one.staff, one.typing) for one in self.others(staff)]
        return f".{_digest(notes)}.{_digest(seen)}" if notes or seen else ""


def _digest(facts: Sequence[object]) -> str:
    return blake2b(repr(facts).encode(), digest_size=4).hexdigest() if facts else "0"


class Desk:
    """Reads and writes all of it. Every method raises StoreUnavailableError."""

    def __init__(self, store: RecordStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def beside(self, conversation: ConversationId) -> Beside:
        """Return what is there now, in two reads."""
        fields = await self._store.get_fields(_DESK, conversation)
        notes = await self._store.list_records(_NOTES, conversation)
        return Beside(
            notes=tuple(_note(one) for one in reversed(notes)),
            present=tuple(self._present(fields)),
            drafts={
                name.removeprefix(f"{_DRAFT}:"): str(value["text"])
                for name, value in fields.items()
                if name.startswith(f"{_DRAFT}:") and self._is_fresh(value, DRAFT_FOR)
            },
        )

    async def keep_draft(self, conversation: ConversationId, staff: str, text: str) -> None:
        """Keep what somebody has typed so far, and that they are typing; an empty text ends both.

        The text must be free of what may not be stored.
        """
        if not text:
            await self.drop_draft(conversation, staff)
            return
        await self._put(conversation, f"{_DRAFT}:{staff}", {"text": text, "at": self._now()})
        await self._put(conversation, f"{_TYPING}:{staff}", {"at": self._now()})

    async def drop_draft(self, conversation: ConversationId, staff: str) -> None:
        """Forget a draft, because it was sent or emptied."""
        for kind in (_DRAFT, _TYPING):
            await self._store.delete_field(_DESK, conversation, f"{kind}:{staff}")

    async def seen(self, conversation: ConversationId, staff: str) -> None:
        """Say that somebody has the page open."""
        await self._put(conversation, f"{_SEEN}:{staff}", {"at": self._now()})

    async def add_note(
        self, conversation: ConversationId, staff: str, text: str, colleagues: Iterable[str]
    ) -> Note:
        """Keep a note, and tell the colleagues whom it names with an `@`."""
        named = {name.lower().rstrip(".-_") for name in _MENTION.findall(text)}
        mentions = tuple(sorted(named & set(colleagues) - {staff}))
        note = Note(staff=staff, text=text, at=self._clock(), mentions=mentions)
        value = await self._keep_note(conversation, note)
        told: JsonObject = {name: value[name] for name in ("conversation", "staff", "at")}
        for name in mentions:
            await self._store.push_record(
                _MENTIONS, name, told, keep=NOTES_KEPT, ttl_seconds=NOTE_SECONDS
            )
        return note

    async def add_move(
        self, conversation: ConversationId, staff: str, move: Move, to: str = ""
    ) -> None:
        """Keep for the transcript who took the conversation over, or assigned it to whom."""
        note = Note(staff=staff, text=to, at=self._clock(), move=move)
        await self._keep_note(conversation, note)

    async def _keep_note(self, conversation: ConversationId, note: Note) -> JsonObject:
        value: JsonObject = {
            "conversation": conversation,
            "staff": note.staff,
            "text": note.text,
            "at": note.at.isoformat(),
            "mentions": list(note.mentions),
            "move": note.move,
        }
        await self._store.push_record(
            _NOTES, conversation, value, keep=NOTES_KEPT, ttl_seconds=NOTE_SECONDS
        )
        return value

    async def mentions(self, staff: str) -> tuple[Mention, ...]:
        """Return the notes that name somebody and that they have not opened, newest first."""
        found = await self._store.list_records(_MENTIONS, staff)
        read = await self._store.get_fields(_MENTIONS + "_read", staff)
        return tuple(
            Mention(
                conversation=ConversationId(one["conversation"]),
                staff=one["staff"],
                at=datetime.fromisoformat(one["at"]),
            )
            for one in found
            if one["at"] > read.get(one["conversation"], {}).get("at", "")
        )

    async def read_mentions(self, conversation: ConversationId, staff: str) -> None:
        """Say that somebody has opened the conversation, and so read what names them in it."""
        value: JsonObject = {"at": self._now(), "conversation": conversation}
        await self._store.put_field(_MENTIONS + "_read", staff, conversation, value, NOTE_SECONDS)

    def _present(self, fields: dict[str, JsonObject]) -> Iterable[Present]:
        for name in sorted(fields):
            kind, _, staff = name.partition(":")
            if kind == _SEEN and self._is_fresh(fields[name], SEEN_FOR):
                typing = fields.get(f"{_TYPING}:{staff}")
                is_typing = typing is not None and self._is_fresh(typing, TYPING_FOR)
                yield Present(staff=staff, typing=is_typing)

    def _is_fresh(self, value: JsonObject, span: timedelta) -> bool:
        return self._clock() - datetime.fromisoformat(value["at"]) < span

    async def _put(self, conversation: ConversationId, field: str, value: JsonObject) -> None:
        await self._store.put_field(
            _DESK, conversation, field, value, int(DRAFT_FOR.total_seconds())
        )

    def _now(self) -> str:
        return self._clock().isoformat()


def _note(value: JsonObject) -> Note:
    return Note(
        staff=value["staff"],
        text=value["text"],
        at=datetime.fromisoformat(value["at"]),
        mentions=tuple(value["mentions"]),
        move=value["move"],
    )
