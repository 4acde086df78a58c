"""Renders the sandbox's web pages under one strict content security policy.

Scripts and styles are files of the page's own origin, never inline, and nothing is loaded from
elsewhere. The template engine escapes every value. Every page works without its script.
"""

from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from aiohttp import web
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lola.partners.currency import minor_unit
from lola.text.languages import DEFAULT_LANGUAGE, LANGUAGES
from lola.text.wording import Wording

HERE = Path(__file__).parent
STATIC = HERE / "static"
BRAND = "Remesas Sol"
LOCALES = {"es": "es_US", "en": "en_US"}
THEMES = ("light", "dark")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'{};"
    " base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
_FOREVER = "public, max-age=31536000, immutable"


class Pages:
    """Renders the pages of the widget, the vault and the sandbox's front page."""

    def __init__(self) -> None:
        self._wording = Wording((HERE / "catalogue",))
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._versions = {
            path.name: sha256(path.read_bytes()).hexdigest()[:12] for path in STATIC.iterdir()
        }

    def text(self, key: str, language: str, **values: object) -> str:
        """Return a text of a page."""
        return self._wording(key, language, **values)

    def texts(self, catalogue: str, language: str) -> dict[str, str]:
        """Return every text of a catalogue, with its places for values left open."""
        prefix, known = f"{catalogue}.", self._wording.keys()
        own = (key for key in known if key.startswith(prefix))
        return {key.removeprefix(prefix): self._wording.pattern(key, language) for key in own}

    def page(
        self,
        template: str,
        language: str,
        *,
        status: int = 200,
        theme: str | None = "",
        posts_to: str = "",
        connects: bool = False,
        **values: Any,
    ) -> web.Response:
        """Render a page in the sender's language.

        `posts_to` is another origin that a form of this page may lead to; a page that `connects`
        may ask its own origin by script; `theme` is a link's
        (`light` or `dark`; anything else follows the device).
        """
        locale = LOCALES[language]
        html = self._templates.get_template(template).render(
            language=language,
            theme=theme if theme in THEMES else "",
            brand=BRAND,
            say=lambda key, **known: self.text(key, language, **known),
            asset=lambda name: f"/static/{name}?v={self._versions[name]}",
            money=lambda amount, currency: _money(amount, currency, locale),
            figure=lambda number: format_decimal(number, "#,##0.####", locale),
            **values,
        )
        return web.Response(
            text=html,
            content_type="text/html",
            status=status,
            headers=self.headers(posts_to, connects=connects),
        )

    def headers(self, posts_to: str = "", *, connects: bool = False) -> dict[str, str]:
        """Return the headers of a page or of a redirect between pages."""
        policy = POLICY.format(f" {posts_to}" if posts_to else "")
        policy += "; connect-src 'self'" if connects else ""
        return {"Content-Security-Policy": policy, **HEADERS}

    def add_static(self, app: web.Application) -> None:
        """Serve the style sheet and the scripts below `/static`."""
        app.router.add_get("/static/{name}", self._asset, allow_head=False)

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in self._versions:
            raise web.HTTPNotFound
        is_current = request.query.get("v") == self._versions[name]
        caching = _FOREVER if is_current else "no-cache"
        headers = {"Cache-Control": caching, "X-Content-Type-Options": "nosniff"}
        return web.FileResponse(STATIC / name, headers=headers)


def browser_language(request: web.Request) -> str:
    """Return the browser's language if it is supported, else Spanish."""
    browser = request.headers.get("Accept-Language", "")[:2].lower()
    return browser if browser in LANGUAGES else DEFAULT_LANGUAGE


def _money(amount: Decimal, currency: str, locale: str) -> str:
    digits = "0" * -int(minor_unit(currency).as_tuple().exponent)
    pattern = f"#,##0.{digits}" if digits else "#,##0"
    return f"{format_decimal(amount, pattern, locale)} {currency}"
