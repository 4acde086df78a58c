"""The payer's page of a request: it shows the amount, and takes a payment or a refusal."""

from decimal import Decimal

from aiohttp import web

from lola.domain.messages import JsonObject
from lola.sandbox.pages import Pages, browser_language
from lola.sandbox.request_money.platform import RequestMoneyPlatform
from lola.sandbox.request_money.refusals import RequestRefusal
from lola.sandbox.request_money.schemas import Status
from lola.text.languages import LANGUAGES

STEPS: dict[str, tuple[Status, ...]] = {
    "pay": ("processing", "completed"),
    "decline": ("rejected",),
}


class PayPage:
    """The page below `prefix`, for the requests of one partner account."""

    def __init__(self, platform: RequestMoneyPlatform, pages: Pages, partner_id: str) -> None:
        self._platform = platform
        self._pages = pages
        self._partner_id = partner_id
        self._prefix = ""

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Add the page and its form."""
        self._prefix = prefix
        app.router.add_get(prefix, self._show)
        app.router.add_post(prefix, self._decide)

    async def _show(self, request: web.Request) -> web.Response:
        found = self._find(request)
        language = _language(request)
        if found is None:
            return self._pages.page("request/unknown.html", language, status=404)
        return self._pages.page(
            "request/pay.html",
            language,
            action=f"{self._prefix}?ref={found['referenceId']}&lang={language}",
            name=found["requestData"]["name"]["firstName"],
            amount=Decimal(str(found["amount"])),
            currency=found["currency"],
            reference=found["referenceId"],
            state=found["status"],
        )

    async def _decide(self, request: web.Request) -> web.Response:
        found, form = self._find(request), await request.post()
        partner = self._platform.partner(self._partner_id)
        if found is not None and partner is not None:
            try:
                for status in STEPS.get(str(form.get("choice")), ()):
                    self._platform.move(partner, found["referenceId"], status)
            except RequestRefusal:
                # Decided or over already: the page says how it stands.
                pass
        raise web.HTTPSeeOther(request.rel_url, headers=self._pages.headers())

    def _find(self, request: web.Request) -> JsonObject | None:
        partner = self._platform.partner(self._partner_id)
        if partner is None:
            return None
        try:
            return self._platform.look(partner, request.query.get("ref", ""))
        except RequestRefusal:
            return None


def _language(request: web.Request) -> str:
    asked = request.query.get("lang", "")
    return asked if asked in LANGUAGES else browser_language(request)
