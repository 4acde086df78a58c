"""The sandbox's web pages: templates in, responses out, under one strict content policy.

No script, nothing from elsewhere; every value is escaped by the template engine.
"""

from decimal import Decimal
from pathlib import Path

from aiohttp import web
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lola.partners._raas import minor_unit
from lola.wording import Wording

HERE = Path(__file__).parent
BRAND = "Remesas Sol"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
LOCALES = {"es": "es_US", "en": "en_US"}


class Pages:
    """Renders the pages of the widget and the index."""

    def __init__(self) -> None:
        self._wording = Wording((HERE / "catalogue",))
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )

    def text(self, key: str, language: str, **values: object) -> str:
        """Answer a sentence of the widget."""
        return self._wording(f"widget.{key}", language, **values)

    def page(
        self, template: str, language: str, *, status: int = 200, **values: object
    ) -> web.Response:
        """Answer a page in the sender's language."""
        locale = LOCALES[language]
        html = self._templates.get_template(template).render(
            language=language,
            brand=BRAND,
            say=lambda key: self.text(key, language),
            money=lambda amount, currency: _money(amount, currency, locale),
            figure=lambda number: format_decimal(number, "#,##0.####", locale),
            **values,
        )
        return web.Response(text=html, content_type="text/html", status=status, headers=HEADERS)

    async def css(self, _request: web.Request) -> web.FileResponse:
        """Answer the style sheet."""
        return web.FileResponse(HERE / "static" / "widget.css")


def _money(amount: Decimal, currency: str, locale: str) -> str:
    digits = "0" * -int(minor_unit(currency).as_tuple().exponent)
    pattern = f"#,##0.{digits}" if digits else "#,##0"
    return f"{format_decimal(amount, pattern, locale)} {currency}"
