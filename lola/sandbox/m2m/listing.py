"""Lists with filters and pages, for every list route (reference/m2m.md 2.8 and 9.3).

Columns and conditions are constants of this package; values from a request are always bound
parameters.
"""

import math
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from lola.domain.messages import JsonObject
from lola.sandbox.store import Database

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """One page of a list, and the total number of items."""

    items: list[Item]
    page: int
    limit: int
    total: int

    def pagination(self) -> JsonObject:
        """Return the documented `pagination` block."""
        return {
            "page": self.page,
            "limit": self.limit,
            "total": self.total,
            "totalPages": math.ceil(self.total / self.limit),
        }


class Listing(Generic[Item]):
    """A list of one kind of row. `source` is a query without WHERE; `conditions` maps a filter
    to SQL with `?`. Filters that are None are ignored; an unknown filter raises KeyError.
    """

    def __init__(
        self,
        database: Database,
        source: str,
        read: Callable[[sqlite3.Row], Item],
        conditions: Mapping[str, str],
    ) -> None:
        self._database = database
        self._source = source
        self._read = read
        self._conditions = conditions

    def all(self, **filters: object) -> list[Item]:
        """Return every match, newest first."""
        where, values = self._where(filters)
        query = f"SELECT * FROM ({self._source}) {where} ORDER BY serial DESC"  # noqa: S608
        return [self._read(row) for row in self._database.all(query, *values)]

    def page(self, page: int, limit: int, **filters: object) -> Page[Item]:
        """Return one page of the matches, newest first."""
        where, values = self._where(filters)
        matches = f"FROM ({self._source}) {where}"
        count = self._database.one(f"SELECT count(*) AS total {matches}", *values)
        rows = self._database.all(
            f"SELECT * {matches} ORDER BY serial DESC LIMIT ? OFFSET ?",
            *values,
            limit,
            (page - 1) * limit,
        )
        total = count["total"] if count else 0
        items = [self._read(row) for row in rows]
        return Page(items=items, page=page, limit=limit, total=total)

    def _where(self, filters: Mapping[str, object]) -> tuple[str, list[object]]:
        given = {name: value for name, value in filters.items() if value is not None}
        parts = [self._conditions[name] for name in given]
        values = [
            value for name, value in given.items() for _ in range(self._conditions[name].count("?"))
        ]
        return (f"WHERE {' AND '.join(parts)}" if parts else ""), values
