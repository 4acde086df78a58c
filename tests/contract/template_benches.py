"""The two providers of message templates behind one shape, for the tests of both."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from lola.channel.templates import MessageTemplates
from lola.delivery.templates import TemplateBook
from lola.text.wording import Wording
from tests.contract.bench import Bench, Channel, bench_of
from tests.contract.benches.twilio_whatsapp import TWILIO_WHATSAPP
from tests.contract.benches.whatsapp import WHATSAPP

BUSINESS = "200000000000001"
WORDS = {
    "whatsapp": {"approve": "APPROVED", "reject": "REJECTED", "pause": "PAUSED"},
    "twilio_whatsapp": {"approve": "approved", "reject": "rejected", "pause": "paused"},
}
"""What each provider calls its decisions."""
CHANNELS = (WHATSAPP, TWILIO_WHATSAPP)


@dataclass
class TemplateBench:
    """A provider's connector and stand-in, and our book of its templates."""

    bench: Bench
    book: TemplateBook

    @property
    def name(self) -> str:
        return self.bench.channel.name

    @property
    def connector(self) -> Any:
        return self.bench.connector

    @property
    def shelf(self) -> Any:
        return self.bench.stub.shelf

    def there(self) -> list[Any]:
        """What the provider has."""
        shelf = self.shelf
        return list((shelf.templates if self.name == "whatsapp" else shelf.contents).values())

    def decide(self, verb: str, reason: str = "", **which: str) -> None:
        """Let the provider decide on all its templates, or on some."""
        self.shelf.review(WORDS[self.name][verb], reason, **which)

    async def statuses(self) -> set[str]:
        return {one.status for one in (await self.book.all(self.name)).values()}


@asynccontextmanager
async def template_bench(
    channel: Channel, connections: Any, keys: Any, **changes: Any
) -> AsyncIterator[TemplateBench]:
    """Run one provider's stand-in; its book is empty."""
    async with bench_of(channel) as bench:
        own = {"whatsapp_business_account_id": BUSINESS, "twilio_whatsapp_from": channel.business}
        bench.connector = bench.build(**own | changes)
        yield TemplateBench(bench, TemplateBook(connections, keys, MessageTemplates(Wording())))
