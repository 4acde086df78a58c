"""The timeline of a link: what happened to it, oldest first (reference/m2m.md 5.5 and 9.2)."""

import json

from lola.sandbox.clock import SandboxClock, iso
from lola.sandbox.m2m.rows import Step
from lola.sandbox.store import Database


class Activity:
    """The timelines of all links. Details are ids and fixed texts, never user data."""

    def __init__(self, database: Database, clock: SandboxClock) -> None:
        self._database = database
        self._clock = clock

    def add(self, link_id: str, what: str, **details: str) -> None:
        """Add an entry with the current time."""
        self._database.run(
            "INSERT INTO activity VALUES (?, ?, ?, ?)",
            link_id,
            what,
            iso(self._clock()),
            json.dumps(details),
        )

    def of(self, link_id: str) -> list[Step]:
        """Return the entries of a link, oldest first."""
        rows = self._database.all(
            "SELECT * FROM activity WHERE link_id = ? ORDER BY rowid", link_id
        )
        return [Step.of(row) for row in rows]
