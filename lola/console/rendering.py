"""Renders views as pages in the browser's language; every value is escaped.

Templates get views and wording only, never a store. A page holds no inline script or style, so the
content security policy can forbid both. A character that cannot be seen or turns the direction of
writing is shown as a mark, and a code as words of staff, wherever they come from.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lola.safety.input.hygiene import marked
from lola.text.countries import country_name
from lola.text.languages import DEFAULT_LANGUAGE, LANGUAGES
from lola.text.wording import HERE as SENDER_WORDING
from lola.text.wording import Wording

HERE = Path(__file__).parent
_ERROR = re.compile(r"LOLA-[0-9]{3}(?: [0-9]{1,9})?")
_NO_LETTER = re.compile(r"[^a-z0-9]+")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


class Pages:
    """Renders the console's templates."""

    def __init__(self, brand: str, channel_titles: Mapping[str, str]) -> None:
        # The sender's catalogue names payout methods; staff read the same texts.
        self._wording = Wording((SENDER_WORDING, HERE / "catalogue"))
        keys = self._wording.keys()
        self._keys = frozenset(keys)
        self.brand = brand
        self.resolutions = tuple(
            key.partition(".")[2] for key in keys if key.startswith("resolutions.")
        )
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
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
            resolution=lambda code: self._wording(f"resolutions.{code}", language),
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

    def _label(self, language: str) -> Callable[..., str]:
        """Return the words for a code (`reason`, `asked`): never the code itself."""

        def label(kind: str, code: str, **values: str) -> str:
            if kind == "reason":
                return self._reason(code, language)
            key = self._key(kind, code) or self._key(kind, "other")
            return self._wording(key, language, **values) if key else ""

        return label

    def _reason(self, code: str, language: str) -> str:
        """Return why a person is needed; what a model wrote is quoted as its words."""
        if key := self._key("reason", code):
            return self._wording(key, language)
        if error := _ERROR.fullmatch(code):
            return self._wording("words.reason_technical", language, code=error.group())
        return self._wording("words.reason_words", language, words=code)

    def _key(self, kind: str, code: str) -> str | None:
        """Return the key of a code, or of the part before its colon or first dot."""
        for part in (code, code.partition(":")[0], code.partition(".")[0]):
            name = _NO_LETTER.sub("_", part.lower()).strip("_")
            for catalogue in ("words", "console", "money"):
                if (key := f"{catalogue}.{kind}_{name}") in self._keys:
                    return key
        return None


def _shown(value: Any) -> Any:
    """Return what a template puts out; what is markup already was made of shown values."""
    return marked(value) if type(value) is str else value


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
