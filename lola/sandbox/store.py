"""The sandbox's SQLite database, in memory or in a file.

Statements run on the event loop on purpose: each takes microseconds, and no other task can run
between a check and the change that follows it. Only for the sandbox.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from lola.domain.messages import JsonObject

DOCUMENTS = """
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)
) STRICT
"""


class Database:
    """A connection with foreign keys on. `path` is a file, or `:memory:`."""

    def __init__(self, path: str = ":memory:") -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA foreign_keys = ON")

    def create(self, schema: str) -> None:
        """Create the tables of a schema that do not exist yet."""
        self._connection.executescript(schema)

    def run(self, statement: str, *values: object) -> int:
        """Run a statement and return how many rows it changed."""
        return self._connection.execute(statement, values).rowcount

    def one(self, query: str, *values: object) -> sqlite3.Row | None:
        """Return the first row, or None."""
        row: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
        return row

    def all(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Return every row."""
        return self._connection.execute(query, values).fetchall()

    @contextmanager
    def step(self) -> Iterator[None]:
        """Run the block as one transaction. A nested step is part of the outer one."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class DocumentStore:
    """JSON documents by kind and id, in order of their first write."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.create(DOCUMENTS)

    def put(self, kind: str, document_id: str, document: JsonObject) -> None:
        """Write a document. A replaced one keeps its place in the order."""
        self._database.run(
            "INSERT INTO documents VALUES (?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            kind,
            document_id,
            json.dumps(document, default=str),
        )

    def get(self, kind: str, document_id: str) -> JsonObject | None:
        """Return a fresh copy of a document, or None."""
        row = self._database.one(
            "SELECT body FROM documents WHERE kind = ? AND id = ?", kind, document_id
        )
        return None if row is None else json.loads(row["body"])

    def all(self, kind: str) -> list[JsonObject]:
        """Return every document of a kind, oldest first."""
        rows = self._database.all("SELECT body FROM documents WHERE kind = ? ORDER BY rowid", kind)
        return [json.loads(row["body"]) for row in rows]

    def delete(self, kind: str, document_id: str) -> None:
        """Delete a document, if it exists."""
        self._database.run("DELETE FROM documents WHERE kind = ? AND id = ?", kind, document_id)
