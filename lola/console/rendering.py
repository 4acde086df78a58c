"""Renders views as pages in the browser's language; every value is escaped.

Templates get views and wording only, never a store. A page holds no inline script or style, so the
content security policy can forbid both.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lola.text.countries import country_name
from lola.text.languages import DEFAULT_LANGUAGE, LANGUAGES
from lola.text.wording import HERE as SENDER_WORDING
from lola.text.wording import Wording

HERE = Path(__file__).parent
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


class Pages:
    """Renders the console's templates."""

    def __init__(self, brand: str, channel_titles: Mapping[str, str]) -> None:
        # The sender's catalogue names payout methods; staff read the same texts.
        self._wording = Wording((SENDER_WORDING, HERE / "catalogue"))
        self._keys = frozenset(self._wording.keys())
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            brand=brand,
            duration=duration,
            channel_title=lambda name: channel_titles.get(name) or name,
        )

    def render(self, request: web.Request, template: str, **values: Any) -> str:
        """Return one template as HTML."""
        language = language_of(request.headers.get("Accept-Language", ""))

        def url(name: str, **parts: str) -> str:
            return str(request.app.router[name].url_for(**parts))

        return self._environment.get_template(template).render(
            language=language,
            t=self._sentence(language),
            label=self._label(language),
            country=lambda code: country_name(code, language),
            url=url,
            has_statistics="statistics" in request.app.router,
            **values,
        )

    def page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        """Return one template as a whole response."""
        return web.Response(
            text=self.render(request, template, **values), status=status, content_type="text/html"
        )

    def _sentence(self, language: str) -> Callable[..., str]:
        return lambda key, **values: self._wording(f"console.{key}", language, **values)

    def _label(self, language: str) -> Callable[[str, str], str]:
        """Return the text for a code (`reason`, `asked`), or the code itself when it has none."""

        def label(kind: str, code: str) -> str:
            for key in (f"console.{kind}_{code}", f"money.{kind}_{code}"):
                if key in self._keys:
                    return self._wording(key, language)
            return code

        return label


def language_of(accepted: str) -> str:
    """Return the browser's first choice (`Accept-Language`) among the console's languages."""
    choices: list[tuple[float, str]] = []
    for part in accepted.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        choices.append((-weight, tag.partition("-")[0].lower()))
    known = (tag for weight, tag in sorted(choices, key=lambda c: c[0]) if tag in LANGUAGES)
    return next(known, DEFAULT_LANGUAGE)


def duration(seconds: int) -> str:
    """Return `4 min`, `2 h 05 min` or `3 d`, the same in both languages."""
    if seconds < _MINUTE:
        return "< 1 min"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE:02} min"
    return f"{seconds // _DAY} d"
