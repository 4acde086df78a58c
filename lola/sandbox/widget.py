"""The hosted widget's stand-in: where a sender approves or cancels what a link is about.

One page per link, in the link's language, that works without scripts. The first opening, approval
and cancellation become webhooks; a link that is over answers 410 and does nothing.
"""

from aiohttp import web

from lola.messages import JsonObject
from lola.sandbox.details import TransferDetails
from lola.sandbox.m2m import Link, LinkGoneError, Platform, RefusedError
from lola.sandbox.pages import Pages, browser_language
from lola.sandbox.world import World
from lola.wording import LANGUAGES

PLACEHOLDERS = {"first_name": "Cliente", "last_name": "de Prueba"}
NAME_LIMIT = 60
OUTCOMES = {"approved": ("good", "check"), "expired": ("calm", "clock")}
"""How a link ended → the mood and the mark of the page that says so."""


class Widget:
    """The pages below `{prefix}/{link_id}/{flow}`.

    A sender whom PayHub does not know yet also sees the identity step, here just a name, and is a
    verified sender once they approve. A script may leave the name out; it is made up then.
    """

    def __init__(self, *, platform: Platform, world: World, pages: Pages) -> None:
        self._platform = platform
        self._world = world
        self._pages = pages

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Hang the pages below `prefix`."""
        page = f"{prefix}/{{link_id}}/{{flow}}"
        app.router.add_get(page, self._show, allow_head=False)
        app.router.add_post(f"{page}/approve", self._approve)
        app.router.add_post(f"{page}/cancel", self._cancel)

    async def _show(self, request: web.Request) -> web.Response:
        link = self._platform.find_link(request.match_info["link_id"])
        if link is None:
            return self._unknown(request)
        try:
            link = self._platform.customer.open(link, _device(request))
        except LinkGoneError as error:
            return self._gone(request, link, error)
        return self._form(request, link)

    async def _approve(self, request: web.Request) -> web.Response:
        form = await request.post()
        link = self._platform.find_link(request.match_info["link_id"])
        if link is None:
            return self._unknown(request)
        phone = self._world.newcomer(link.reference_id)
        names = {name: str(form.get(name, "")).strip()[:NAME_LIMIT] for name in PLACEHOLDERS}
        first, last = (names[name] or PLACEHOLDERS[name] for name in PLACEHOLDERS)
        details = TransferDetails.read(link.metadata)
        try:
            self._platform.links.check_open(link)
            if details is None:
                return self._form(request, link, status=422)
            typed = {"name.firstName": first, "name.lastName": last}
            self._platform.customer.hurry(link, typed)
            operation = self._platform.customer.approve(link, details.to_amount())
        except LinkGoneError as error:
            return self._gone(request, link, error)
        except RefusedError as error:
            return self._form(request, link, status=error.status)
        if phone:
            self._world.register(phone=phone, first_name=first, last_name=last)
        language = _language(request, link)
        return self._outcome(language, "approved", reference=operation.operation_id)

    async def _cancel(self, request: web.Request) -> web.Response:
        link = self._platform.find_link(request.match_info["link_id"])
        if link is None:
            return self._unknown(request)
        details = TransferDetails.read(link.metadata)
        try:
            self._platform.links.check_open(link)
            self._platform.customer.cancel(link, details.to_amount() if details else None)
        except LinkGoneError as error:
            return self._gone(request, link, error)
        language = _language(request, link)
        return self._outcome(language, "cancelled")

    def _form(self, request: web.Request, link: Link, *, status: int = 200) -> web.Response:
        return self._pages.page(
            "widget/review.html",
            _language(request, link),
            status=status,
            step="review",
            steps=("review",),
            card=None,
            theme=link.theme,
            details=TransferDetails.read(link.metadata),
            asks_identity=self._world.newcomer(link.reference_id) is not None,
            action=f"/widget/{link.link_id}/{link.flow}",
        )

    def _gone(self, request: web.Request, link: Link, error: LinkGoneError) -> web.Response:
        return self._outcome(_language(request, link), error.state, status=410)

    def _unknown(self, request: web.Request) -> web.Response:
        return self._outcome(_language(request, None), "unknown", status=404)

    def _outcome(
        self, language: str, outcome: str, *, status: int = 200, reference: str = ""
    ) -> web.Response:
        mood, mark = OUTCOMES.get(outcome, ("calm", "cross"))
        return self._pages.page(
            "widget/outcome.html",
            language,
            status=status,
            heading=self._pages.text(f"widget.{outcome}_heading", language),
            text=self._pages.text(f"widget.{outcome}", language),
            mood=mood,
            mark=mark,
            reference=reference,
            again="",
            back="",
        )


def _language(request: web.Request, link: Link | None) -> str:
    """The link's language, else the browser's, else Spanish (reference/m2m.md 5.1)."""
    if link and link.language in LANGUAGES:
        return link.language
    return browser_language(request)


def _device(request: web.Request) -> JsonObject:
    agent = request.headers.get("User-Agent", "")
    known = (("iPhone", "iOS"), ("iPad", "iOS"), ("Android", "Android"), ("Windows", "Windows"))
    return {
        "userAgent": agent,
        "platform": next((name for mark, name in known if mark in agent), "Other"),
        "language": request.headers.get("Accept-Language", "").split(",")[0],
    }
