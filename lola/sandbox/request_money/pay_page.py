"""The payer's page of a request: it shows the amount, and takes a payment or a refusal."""

from contextlib import suppress
from decimal import Decimal
from urllib.parse import quote

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
        for choice in STEPS:
            app.router.add_post(f"{prefix}/{{reference}}/{choice}", self._decide)

    async def _show(self, request: web.Request) -> web.Response:
        found = self._find(request.query.get("ref", ""))
        language = _language(request)
        if found is None:
            return self._pages.page("request/unknown.html", language, status=404)
        return self._pages.page(
            "request/pay.html",
            language,
            action=f"{self._prefix}/{found['referenceId']}",
            name=found["requestData"]["name"]["firstName"],
            amount=Decimal(str(found["amount"])),
            currency=found["currency"],
            reference=found["referenceId"],
            state=found["status"],
        )

    async def _decide(self, request: web.Request) -> web.Response:
        reference, choice = request.match_info["reference"], request.path.rpartition("/")[2]
        partner = self._platform.partner(self._partner_id)
        if partner is not None:
            # A request that was decided or is over stays so, and the page says how it is.
            with suppress(RequestRefusal):
                for status in STEPS[choice]:
                    self._platform.move(partner, reference, status)
        where = f"{self._prefix}?ref={quote(reference, safe='')}"
        raise web.HTTPSeeOther(where, headers=self._pages.headers())

    def _find(self, reference: str) -> JsonObject | None:
        partner = self._platform.partner(self._partner_id)
        if partner is None:
            return None
        with suppress(RequestRefusal):
            return self._platform.look(partner, reference)
        return None


def _language(request: web.Request) -> str:
    asked = request.query.get("lang", "")
    return asked if asked in LANGUAGES else browser_language(request)
