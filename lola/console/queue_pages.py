"""The queue: tabs, filters, search and assigning several conversations at once.

What is shown is in the address, so that a list can be reloaded, bookmarked and followed live.
"""

from collections.abc import Mapping
from typing import Any, get_args
from urllib.parse import urlencode

from aiohttp import web

from lola.console.cases import PER_PAGE, TABS, CasePage, Tab, Wanted, is_conversation
from lola.console.context import CONSOLE, SIGN_IN, refusal
from lola.console.forms import form_of
from lola.domain.messages import ConversationId
from lola.safety.input.hygiene import clean
from lola.telemetry import names
from lola.text.languages import LANGUAGES

_LONGEST = 80
_MARKED = "case:"


def add_queue_pages(app: web.Application) -> None:
    """Register the queue."""
    app.router.add_get("", to_queue, name="root")
    app.router.add_get("/", queue, name="queue")
    app.router.add_post("/assign", assign_many, name="assign_many")


async def to_queue(request: web.Request) -> web.StreamResponse:
    """Redirect an address without its last slash."""
    raise web.HTTPSeeOther(request.app.router["queue"].url_for())


async def queue(request: web.Request) -> web.StreamResponse:
    """Show the conversations that the address asks for."""
    text = request.query.get("text", "").strip()
    if is_conversation(text):
        raise web.HTTPSeeOther(request.app.router["conversation"].url_for(conversation=text))
    if text:
        await request.app[CONSOLE].record(names.CONSOLE_SEARCHED, request[SIGN_IN].name)
    return await queue_page(request)


async def queue_page(request: web.Request, *, status: int = 200, notice: str = "") -> web.Response:
    """Show the queue, below a notice if there is one."""
    console = request.app[CONSOLE]
    return console.pages.page(
        request, "queue.html", status=status, notice=notice, **await queue_values(request)
    )


async def queue_values(request: web.Request) -> dict[str, Any]:
    """Return what the page of a list needs."""
    console, sign_in = request.app[CONSOLE], request[SIGN_IN]
    found = await console.cases.page(wanted_of(request), sign_in.name)
    return await values_of(request, found, await news_of(request))


async def news_of(request: web.Request) -> dict[str, Any]:
    """Return what is shown above every list: channels that stopped, and senders that cost much."""
    console = request.app[CONSOLE]
    return {"troubles": await console.troubles(), "cost_alarms": await console.cost_alarms()}


async def values_of(
    request: web.Request, found: CasePage, news: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the template needs to show a list."""
    console, sign_in = request.app[CONSOLE], request[SIGN_IN]
    return {
        **news,
        "found": found,
        "tabs": TABS,
        "query": query_of(found),
        "channels": console.channel_names,
        "languages": tuple(LANGUAGES),
        "colleagues": [one.name for one in await console.staff.list() if not one.disabled],
        "sign_in": sign_in,
    }


def wanted_of(request: web.Request) -> Wanted:
    """Return what the address asks for; what it does not name, or names wrongly, is left open."""
    query = request.query
    tab = query.get("tab", "")
    page = query.get("page", "")
    return Wanted(
        tab=tab if tab in get_args(Tab) else "open",  # type: ignore[arg-type]
        text=clean(query.get("text", ""), _LONGEST).strip(),
        channel=query.get("channel", ""),
        language=query.get("language", ""),
        staff=query.get("staff", ""),
        page=int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1,
    )


def query_of(found: CasePage) -> str:
    """Return the address's query for a list, without what is left open."""
    wanted = found.wanted
    fields = {
        "tab": wanted.tab,
        "text": wanted.text,
        "channel": wanted.channel,
        "language": wanted.language,
        "staff": wanted.staff,
    }
    return urlencode({name: value for name, value in fields.items() if value})


async def assign_many(request: web.Request) -> web.StreamResponse:
    """Give the marked conversations to a colleague; what another has is left to them."""
    console, sign_in = request.app[CONSOLE], request[SIGN_IN]
    form = await form_of(request, most_fields=PER_PAGE + 2)
    to = form.get("to", "")
    if await console.staff.find(to) is None:
        return await queue_page(request, status=422, notice="refused_colleague")
    marked = [name.removeprefix(_MARKED) for name in form if name.startswith(_MARKED)]
    refused = 0
    for name in filter(is_conversation, marked):
        result = await console.actions.assign(
            ConversationId(name), sign_in.name, to, supervisor=sign_in.is_supervisor
        )
        refused += refusal(result) is not None
    if refused:
        return await queue_page(request, status=409, notice="refused_some")
    raise web.HTTPSeeOther(f"{request.app.router['queue'].url_for()}?{request.query_string}")
