"""The stage that marks conversations for the help desk (`middleware.chatwoot`)."""

from types import SimpleNamespace

import pytest

from lola.errors import StoreUnavailableError
from lola.settings import Settings
from middleware.chatwoot import ChatwootMiddleware
from tests.support import turn


class Marks:
    """A list in memory; it may be out of order."""

    def __init__(self, *, broken=False):
        self.marked, self._broken = [], broken

    async def mark(self, conversation):
        if self._broken:
            raise StoreUnavailableError("down")
        self.marked.append(conversation)


@pytest.mark.parametrize(("inbox", "expected"), [("Lola", 1), ("", 0)])
async def test_it_marks_where_a_mirror_is_kept(inbox, expected):
    """Without a mirror a turn costs nothing."""
    marks = Marks()
    services = SimpleNamespace(sync_list=marks, settings=Settings(chatwoot_inbox_name=inbox))
    before = turn("hola")
    assert await ChatwootMiddleware.build(services).incoming(before) is before
    assert len(marks.marked) == expected


async def test_its_own_trouble_never_stops_a_message():
    """The next turn, or a sweep, brings the help desk up to date (reference/lola.md 20.6)."""
    before = turn("hola")
    assert await ChatwootMiddleware(Marks(broken=True)).incoming(before) is before
