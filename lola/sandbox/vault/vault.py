"""The card vault's server: the only page where a card number is typed, on an origin of its own.

The widget gets a token, the brand and the last four digits (reference/lola.md 18). Number, expiry
and security code are validated and discarded: they are never stored, shown or logged. The vault
knows no link, no sender and no amount.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from aiohttp import web

from lola.domain.clock import Clock
from lola.sandbox.credentials import random_name
from lola.sandbox.pages import Pages, browser_language
from lola.sandbox.vault.cards import DECLINED, TEST_CARDS, check_card
from lola.text.languages import LANGUAGES

VISIT = timedelta(minutes=15)
BODY_BYTES = 4096
FIELDS = ("number", "expiry", "code")


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultedCard:
    """A card as the widget gets it: tokens that are valid nowhere else, brand and last four."""

    token: str
    code_token: str
    brand: str
    last4: str


@dataclass(slots=True, kw_only=True)
class _Visit:
    owner: str
    return_to: str
    language: str
    theme: str
    ends: datetime
    card: VaultedCard | None = None


class Vault:
    """Accepts cards for the widget. `start` opens its own port; call `stop` afterwards."""

    def __init__(self, *, clock: Clock, pages: Pages) -> None:
        self._clock = clock
        self._pages = pages
        self._visits: dict[str, _Visit] = {}
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self, host: str, port: int = 0) -> None:
        """Listen on `port`; 0 is any free one."""
        app = web.Application(client_max_size=BODY_BYTES)
        self._pages.add_static(app)
        app.router.add_get("/cards/{visit}", self._show, allow_head=False)
        app.router.add_post("/cards/{visit}", self._take)
        # No access log: its addresses would contain the keys of visits.
        self._runner = web.AppRunner(app, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        bound, number = self._runner.addresses[0][:2]
        self.url = f"http://{f'[{bound}]' if ':' in bound else bound}:{number}"

    async def stop(self) -> None:
        """Stop listening and delete the visits."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._visits.clear()

    def begin(self, *, owner: str, return_to: str, language: str, theme: str = "") -> str:
        """Return the address where one card can be entered within 15 minutes.

        Afterwards the browser returns to `return_to` with `?visit=`; `collect` requires that and
        the same `owner`, so that no sender can use another sender's visit.
        """
        now = self._clock()
        self._visits = {key: visit for key, visit in self._visits.items() if visit.ends > now}
        key = secrets.token_urlsafe(24)
        self._visits[key] = _Visit(
            owner=owner, return_to=return_to, language=language, theme=theme, ends=now + VISIT
        )
        return f"{self.url}/cards/{key}"

    def collect(self, visit: str, *, owner: str) -> VaultedCard | None:
        """Return the card of a finished visit, once; None in any other case."""
        found = self._visit(visit)
        if found is None or found.owner != owner or found.card is None:
            return None
        del self._visits[visit]
        return found.card

    def _visit(self, key: str) -> _Visit | None:
        visit = self._visits.get(key)
        return visit if visit and visit.ends > self._clock() else None

    async def _show(self, request: web.Request) -> web.Response:
        visit = self._visit(request.match_info["visit"])
        if visit is None or visit.card is not None:
            return self._gone(request)
        if (wish := request.query.get("lang")) in LANGUAGES:
            visit.language = str(wish)
        return self._form(visit)

    async def _take(self, request: web.Request) -> web.Response:
        key = request.match_info["visit"]
        visit = self._visit(key)
        if visit is None or visit.card is not None:
            return self._gone(request)
        form = await request.post()
        typed = {name: value for name in FIELDS if isinstance(value := form.get(name), str)}
        checked = check_card(typed, self._clock().date())
        if checked.errors:
            return self._form(visit, errors=dict(checked.errors))
        visit.card = VaultedCard(
            token=f"tok_sandbox_{random_name(12)}_{checked.last4}",
            code_token=f"tok_sandbox_{random_name(12)}",
            brand=checked.brand,
            last4=checked.last4,
        )
        return web.Response(
            status=303,
            headers={**self._pages.headers(), "Location": f"{visit.return_to}?visit={key}"},
        )

    def _form(self, visit: _Visit, errors: dict[str, str] | None = None) -> web.Response:
        """Render the form, always empty: what was typed is never sent back."""
        back = urlsplit(visit.return_to)
        return self._pages.page(
            "vault/card.html",
            visit.language,
            status=422 if errors else 200,
            # Browsers apply the form's policy to the redirect after it too.
            posts_to=f"{back.scheme}://{back.netloc}",
            theme=visit.theme,
            errors=errors or {},
            back=visit.return_to,
            test_cards=[(_grouped(number), brand) for number, brand in TEST_CARDS.items()],
            declined=_grouped(DECLINED),
        )

    def _gone(self, request: web.Request) -> web.Response:
        return self._pages.page("vault/gone.html", browser_language(request), status=410)


def _grouped(number: str) -> str:
    sizes = (4, 6, 5) if len(number) == 15 else (4, 4, 4, 4)
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    return " ".join(number[start : start + size] for start, size in zip(starts, sizes, strict=True))
