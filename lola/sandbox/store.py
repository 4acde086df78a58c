"""What the sandbox remembers: JSON documents by kind and id, in SQLite.

In memory or in a file. Statements run on the event loop on purpose: each takes microseconds, and so
a check and the change that follows it are one step that nothing can come between. Never used
outside the sandbox.
"""

import json
import sqlite3

from lola.messages import JsonObject

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)
)
"""


class DocumentStore:
    """Documents in order of their first write. `path` is a file, or `:memory:`."""

    def __init__(self, path: str = ":memory:") -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute(SCHEMA)

    def put(self, kind: str, document_id: str, document: JsonObject) -> None:
        """Write a document; an older self is replaced and keeps its place in the order."""
        self._database.execute(
            "INSERT INTO documents VALUES (?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (kind, document_id, json.dumps(document, default=str)),
        )

    def get(self, kind: str, document_id: str) -> JsonObject | None:
        """Answer a fresh copy of a document, or None."""
        row = self._database.execute(
            "SELECT body FROM documents WHERE kind = ? AND id = ?", (kind, document_id)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def all(self, kind: str) -> list[JsonObject]:
        """Answer every document of a kind, oldest first."""
        rows = self._database.execute(
            "SELECT body FROM documents WHERE kind = ? ORDER BY rowid", (kind,)
        )
        return [json.loads(row[0]) for row in rows]

    def delete(self, kind: str, document_id: str) -> None:
        """Forget a document; one that is not there is fine."""
        self._database.execute(
            "DELETE FROM documents WHERE kind = ? AND id = ?", (kind, document_id)
        )

    def close(self) -> None:
        """Give the file back."""
        self._database.close()
