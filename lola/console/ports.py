"""What the console needs from the state store: conversations to read, small records to keep."""

from typing import Protocol

from lola.domain.messages import JsonObject
from lola.escalation.ports import ConversationReader


class RecordStore(Protocol):
    """Small JSON records by kind and key."""

    async def put_record(self, kind: str, key: str, value: JsonObject, ttl_seconds: int) -> None:
        """Keep a record for so many seconds, replacing an older one."""
        ...

    async def get_record(self, kind: str, key: str) -> JsonObject | None:
        """Return a record, or None when there is none or it has expired."""
        ...

    async def delete_record(self, kind: str, key: str) -> None:
        """Delete a record."""
        ...

    async def list_records(self, kind: str, key: str) -> tuple[JsonObject, ...]:
        """Return a list of records, newest first."""
        ...


class ConsoleStore(ConversationReader, RecordStore, Protocol):
    """`lola.state.store.StateStore`, as the console sees it."""
