"""Which conversations a page of the queue shows: by tab, by filters, or by what was searched.

Lists come from the index (`lola.delivery.case_index`). Only a conversation's words are searched in
its history, and only in the newest conversations.
"""

import asyncio
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, get_args

from lola.console.views import CaseView, case_view
from lola.delivery.case_index import CaseIndex, Listed
from lola.delivery.model import Ownership
from lola.domain.case_line import CaseLine
from lola.domain.clock import Clock
from lola.text.folding import unaccented

Tab = Literal["open", "mine", "unassigned", "bot", "all"]
"""`open` are all that are not the bot's, `unassigned` those of them without a person yet."""
TABS: tuple[Tab, ...] = get_args(Tab)
PER_PAGE = 50
LISTED = 2_000
"""Newest conversations that the tabs of the bot and of all go through."""
SEARCHED = 20_000
"""Newest conversations that are searched by name, number and reference."""
READ = 300
"""Newest conversations whose words are searched as well."""
_CONVERSATION = re.compile(r"[A-Za-z0-9_]{1,40}-[0-9a-f]{24}")
_FEWEST_DIGITS = 3
_SHORTEST = 2
_SHORTEST_REFERENCE = 4
_BOT = Ownership()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the reader asked for. A search leaves the tab out; an empty filter lets all pass."""

    tab: Tab = "open"
    text: str = ""
    channel: str = ""
    language: str = ""
    staff: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """One page of a list. `waiting`, `human` and `mine` count all open conversations.

    `staff` are the colleagues who have one. `total` counts the whole list.
    """

    wanted: Wanted
    cases: tuple[CaseView, ...]
    total: int
    pages: int
    waiting: int
    human: int
    mine: int
    staff: tuple[str, ...]

    @property
    def mark(self) -> str:
        """Return a text that changes when the page shows something else, to the minute."""
        cases = (replace(one, waited_seconds=one.waited_seconds // 60) for one in self.cases)
        return repr((*cases, self.total, self.waiting, self.human, self.mine, self.staff))


class Cases:
    """The lists of conversations. Every method raises StoreUnavailableError.

    `patience` is how long a sender may wait for a person.
    """

    def __init__(self, index: CaseIndex, clock: Clock, patience: timedelta) -> None:
        self._index = index
        self._clock = clock
        self._patience = patience
        self._reading = asyncio.Lock()
        self._kept: tuple[float, tuple[Listed, ...]] = (-math.inf, ())

    async def all_open(self) -> tuple[CaseView, ...]:
        """Return every open conversation, most urgent first."""
        return await self._views(await self._index.open())

    async def page(self, wanted: Wanted, reader: str, *, max_age: float = 0.0) -> CasePage:
        """Return one page; `reader` is the colleague who looks at it.

        Pages that are kept up to date share what was read up to `max_age` seconds ago.
        """
        opened = await self._opened(max_age)
        listed = await self._listed(wanted, reader, opened)
        if wanted.channel:
            listed = [one for one in listed if one[0].rpartition("-")[0] == wanted.channel]
        if wanted.staff:
            listed = [one for one in listed if one[1].staff == wanted.staff]
        if wanted.language:
            lines = await self._index.lines([name for name, _ in listed])
            pairs = zip(listed, lines, strict=True)
            listed = [one for one, line in pairs if line and line.language == wanted.language]
        pages = max(1, -(-len(listed) // PER_PAGE))
        page = min(max(wanted.page, 1), pages)
        waiting = sum(owner.owner == "waiting" for _, owner in opened)
        return CasePage(
            wanted=replace(wanted, page=page),
            cases=await self._views(listed[(page - 1) * PER_PAGE : page * PER_PAGE]),
            total=len(listed),
            pages=pages,
            waiting=waiting,
            human=len(opened) - waiting,
            mine=sum(owner.staff == reader for _, owner in opened),
            staff=tuple(sorted({owner.staff for _, owner in opened if owner.staff})),
        )

    async def _opened(self, max_age: float) -> tuple[Listed, ...]:
        if not max_age:
            return await self._index.open()
        async with self._reading:
            now = asyncio.get_running_loop().time()
            if now - self._kept[0] > max_age:
                self._kept = (now, await self._index.open())
            return self._kept[1]

    async def _listed(self, wanted: Wanted, reader: str, opened: Sequence[Listed]) -> list[Listed]:
        if wanted.text:
            return await self._found(wanted.text, opened)
        match wanted.tab:
            case "open":
                return list(opened)
            case "mine":
                return [one for one in opened if one[1].staff == reader]
            case "unassigned":
                return [one for one in opened if one[1].owner == "waiting"]
        owners = dict(opened)
        recent = await self._index.recent(LISTED)
        listed = [(name, owners.get(name, _BOT)) for name in recent]
        return listed if wanted.tab == "all" else [one for one in listed if one[0] not in owners]

    async def _found(self, text: str, opened: Sequence[Listed]) -> list[Listed]:
        """Return what a search finds, open conversations first, then the newest first."""
        owners = dict(opened)
        recent = await self._index.recent(SEARCHED)
        names = list(dict.fromkeys((*owners, *recent)))
        lines = await self._index.lines(names)
        search = Search(text)
        found = {
            name
            for name, line in zip(names, lines, strict=True)
            if line is not None and search.fits(line, owners.get(name, _BOT))
        }
        if len(search.folded) > _SHORTEST:
            unread = [name for name in recent[:READ] if name not in found]
            words = await self._index.words(unread)
            found |= {
                name
                for name, said in zip(unread, words, strict=True)
                if search.folded in _folded(said)
            }
        return [(name, owners.get(name, _BOT)) for name in names if name in found]

    async def _views(self, listed: Sequence[Listed]) -> tuple[CaseView, ...]:
        lines = await self._index.lines([name for name, _ in listed])
        now = self._clock()
        return tuple(
            case_view(name, owner, line, now, self._patience)
            for (name, owner), line in zip(listed, lines, strict=True)
        )


class Search:
    """What a colleague typed into the search box: a number's digits, or words."""

    def __init__(self, text: str) -> None:
        digits = "".join(filter(str.isdecimal, text))
        is_number = len(digits) >= _FEWEST_DIGITS and not any(map(str.isalpha, text))
        self._digits = digits if is_number else ""
        self._reference = text.casefold()
        self.folded = "" if is_number else _folded(text)

    def fits(self, line: CaseLine, owner: Ownership) -> bool:
        """Return whether name, number, reference or staff of a conversation are meant."""
        return any(self._matches(line, owner))

    def _matches(self, line: CaseLine, owner: Ownership) -> Iterator[bool]:
        if self._digits:
            yield self._digits in line.phone
        if len(self.folded) >= _SHORTEST:
            yield self.folded in _folded(line.name)
            yield self.folded == _folded(owner.staff)
        if len(self._reference) >= _SHORTEST_REFERENCE:
            yield any(one.casefold().startswith(self._reference) for one in line.references)


def is_conversation(text: str) -> bool:
    """Return whether a text has the form of a conversation's id."""
    return _CONVERSATION.fullmatch(text) is not None


def _folded(text: str) -> str:
    return " ".join(unaccented(text).casefold().split())
