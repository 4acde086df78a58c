"""Approved knowledge as the agent loop sees it: passages with ids, and a way to find them."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of an approved document. `id` is `document@version#part`; `score` is 0 to 1."""

    id: str
    document: str
    version: str
    language: str
    heading: str
    text: str
    score: float


class Retriever(Protocol):
    """Finds passages. An empty answer means: not sure, say so."""

    async def search(
        self, question: str, language: str, limit: int = 3, *, topic: str = "", corridor: str = ""
    ) -> tuple[Passage, ...]:
        """Return the best passages above the floor, best first.

        `topic` are words of what was being talked about: they order passages and find none.
        `corridor` is the code of the country that an open transfer goes to.
        """
        ...

    async def ready(self) -> object:
        """Wait until searches answer at once. Raises ConfigurationError when they never will."""
        ...

    async def close(self) -> None:
        """Release the index. Safe to call twice."""
        ...
