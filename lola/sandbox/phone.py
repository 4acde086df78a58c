"""The page that looks like senders' telephones: a messenger for testers, in a browser.

It uses the simulated devices below `/control/devices`, which sign webhooks as their providers do,
so it is there only where a development service serves them.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, TypeAdapter

from lola.sandbox.pages import Pages, browser_language
from lola.text.languages import LANGUAGES

JOURNEYS = Path(__file__).with_name("phone_journeys.toml")


class Journey(BaseModel):
    """A conversation to begin with one click: who writes, on which channel, and what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    sender: str
    channel: str = "whatsapp"
    title: dict[str, str]
    texts: dict[str, tuple[str, ...]]


_JOURNEYS: TypeAdapter[tuple[Journey, ...]] = TypeAdapter(tuple[Journey, ...])


def load_journeys(path: Path = JOURNEYS) -> tuple[Journey, ...]:
    """Return the journeys of the page, in their order."""
    return _JOURNEYS.validate_python(tomllib.loads(path.read_text(encoding="utf-8"))["journey"])


class PhonePage:
    """Serves the page. `numbers` are the senders that the sandbox knows from the start."""

    def __init__(self, pages: Pages, numbers: dict[str, str]) -> None:
        self._pages = pages
        self._numbers = numbers
        self._journeys = load_journeys()

    async def show(self, request: web.Request) -> web.Response:
        """Return the page in the language of `lang`, else of the browser."""
        wanted = request.query.get("lang", "")
        language = wanted if wanted in LANGUAGES else browser_language(request)
        return self._pages.page(
            "phone.html",
            language,
            connects=True,
            journeys=[
                {"id": one.id, "title": one.title[language], "sender": one.sender}
                for one in self._journeys
            ],
            setup=json.dumps(self._setup(language), ensure_ascii=False),
        )

    def _setup(self, language: str) -> dict[str, Any]:
        """Return what the page's script needs: known numbers, journeys and texts."""
        return {
            "numbers": self._numbers,
            "journeys": {
                one.id: {
                    "sender": one.sender,
                    "channel": one.channel,
                    "texts": one.texts[language],
                }
                for one in self._journeys
            },
            "words": self._pages.texts("phone", language),
        }
