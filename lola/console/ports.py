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

    async def push_record(
        self, kind: str, key: str, value: JsonObject, *, keep: int, ttl_seconds: int
    ) -> None:
        """Put a record in front of such a list, of which the newest `keep` stay."""
        ...

    async def put_field(
        self, kind: str, key: str, field: str, value: JsonObject, ttl_seconds: int
    ) -> None:
        """Keep one field of a record that several people write to."""
        ...

    async def get_fields(self, kind: str, key: str) -> dict[str, JsonObject]:
        """Return all fields of such a record."""
        ...

    async def delete_field(self, kind: str, key: str, field: str) -> None:
        """Delete one field."""
        ...


class ConsoleStore(ConversationReader, RecordStore, Protocol):
    """`lola.state.store.StateStore`, as the console sees it."""
