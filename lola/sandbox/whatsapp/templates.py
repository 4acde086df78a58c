"""Meta's message templates: creation by the documented rules, review, and what a send may use.

Written from the documentation and not from our own checks (reference/channels.md 1.14). A template
stays in review until a test decides with `review`.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import web

from lola.sandbox.whatsapp.rules import BAD_PARAMETER, RuleError

CATEGORIES = frozenset({"UTILITY", "MARKETING", "AUTHENTICATION"})
LANGUAGES = frozenset({"en", "en_GB", "en_US", "es", "es_AR", "es_ES", "es_MX", "pt_BR"})
"""Some of Meta's codes."""
NOT_THERE, PAUSED, DISABLED = 132001, 132015, 132016
COUNT, FORMAT, TEXT = 132000, 132012, 132018
TOO_LONG, BAD_BODY, TOO_MANY, AT_THE_EDGE = 2388040, 2388072, 2388293, 2388299
NO_SAMPLE, DUPLICATE = 2388043, 2388024

_NAME = re.compile(r"[a-z0-9_]{1,512}")
_VARIABLE = re.compile(r"\{\{([^{}]*)\}\}")
_NAMED = re.compile(r"[a-z][a-z_]*")
_BLANKS = re.compile(r"[\n\t]| {5}")


class CreationError(RuleError):
    """A template that cannot be created; `subcode` and `told` are Meta's."""

    def __init__(self, subcode: int, told: str) -> None:
        super().__init__(BAD_PARAMETER, told)
        self.subcode = subcode


@dataclass(kw_only=True)
class Shelved:
    """One template of the account."""

    id: str
    name: str
    language: str
    category: str
    text: str
    variables: tuple[str, ...]
    status: str = "PENDING"
    reason: str = "NONE"

    def shown(self) -> dict[str, Any]:
        """Return what the list has of it."""
        return {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "rejected_reason": self.reason,
        }


@dataclass(kw_only=True)
class TemplateShelf:
    """The templates of one WhatsApp Business Account; a list has at most `page` at once."""

    page: int = 100

    templates: dict[tuple[str, str], Shelved] = field(default_factory=dict)
    _ids: Any = field(default_factory=lambda: count(700100200300001))

    def create(self, request: Mapping[str, Any]) -> Shelved:
        """Take a template into review. Raises CreationError."""
        name, language = str(request.get("name", "")), str(request.get("language", ""))
        if not _NAME.fullmatch(name):
            raise CreationError(0, "Param name must be lowercase letters, digits and underscores")
        if language not in LANGUAGES:
            raise CreationError(0, "Param language must be one of Meta's codes")
        if request.get("category") not in CATEGORIES:
            raise CreationError(0, "Param category must be one of UTILITY, MARKETING, …")
        text, variables = _body(request)
        if (name, language) in self.templates:
            raise CreationError(DUPLICATE, "Content in this language already exists")
        made = Shelved(
            id=str(next(self._ids)),
            name=name,
            language=language,
            category=str(request["category"]),
            text=text,
            variables=variables,
        )
        if any(made.text == other.text for other in self.templates.values()):
            # The same wording under another name is refused in review.
            made.status, made.reason = "REJECTED", "INVALID_FORMAT"
        self.templates[name, language] = made
        return made

    def clear(self) -> None:
        """Forget all templates."""
        self.templates.clear()

    def review(
        self, status: str, reason: str = "NONE", *, key: str = "", language: str = ""
    ) -> None:
        """Decide on every template, or on those of a name part and a language."""
        for (name, code), template in self.templates.items():
            if key in name and language in {"", code}:
                template.status, template.reason = status, reason

    def check_send(self, part: Mapping[str, Any]) -> bool:
        """Return whether this is a template of the shelf, which may be sent. Raises RuleError."""
        template = self.templates.get((part["name"], part["language"]["code"]))
        if template is None:
            return False
        if template.status in {"PAUSED", "DISABLED"}:
            paused = template.status == "PAUSED"
            raise RuleError(PAUSED if paused else DISABLED, "Template is paused or disabled")
        if template.status != "APPROVED":
            raise RuleError(NOT_THERE, "Template does not exist in the translation")
        given = _given(part)
        if len(given) != len(template.variables):
            raise RuleError(COUNT, "number of parameters does not match")
        if {name for name, _ in given} != set(template.variables):
            raise RuleError(FORMAT, "parameter name does not match")
        if any(not text or _BLANKS.search(text) for _, text in given):
            raise RuleError(TEXT, "Param text cannot have new-line/tab characters, or be empty")
        if len(_filled(template.text, dict(given))) > 1024:
            raise RuleError(132005, "translated text too long")
        return True

    def has(self, part: Mapping[str, Any]) -> bool:
        """Return whether a message's template is of this shelf."""
        return (part["name"], part["language"]["code"]) in self.templates

    def text_of(self, part: Mapping[str, Any]) -> str:
        """Return what the recipient reads of an accepted message's template."""
        template = self.templates[part["name"], part["language"]["code"]]
        return _filled(template.text, dict(_given(part)))


class TemplateApi:
    """Serves a shelf. `unauthorised` returns Meta's answer to a wrong token, or None."""

    def __init__(
        self,
        shelf: TemplateShelf,
        unauthorised: Callable[[web.Request], web.Response | None],
    ) -> None:
        self._shelf = shelf
        self._unauthorised = unauthorised

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Serve creation and list below `{prefix}/{version}/{account}`."""
        path = f"{prefix}/{{version}}/{{account}}/message_templates"
        app.router.add_post(path, self._create)
        app.router.add_get(path, self._list)

    async def _create(self, request: web.Request) -> web.Response:
        if (refusal := self._unauthorised(request)) is not None:
            return refusal
        try:
            made = self._shelf.create(json.loads(await request.read()))
        except CreationError as error:
            refused = {
                "message": f"(#{error.code}) {error}",
                "type": "OAuthException",
                "code": error.code,
                "error_subcode": error.subcode,
                "error_user_msg": str(error),
                "fbtrace_id": "sandbox",
            }
            return web.json_response({"error": refused}, status=400)
        return web.json_response({"id": made.id, "status": made.status, "category": made.category})

    async def _list(self, request: web.Request) -> web.Response:
        """List in pages, behind a cursor."""
        if (refusal := self._unauthorised(request)) is not None:
            return refusal
        rows = [one.shown() for one in self._shelf.templates.values()]
        start = int(request.query.get("after", "0"))
        end = start + min(int(request.query.get("limit", "25")), self._shelf.page)
        following = {"next": "https://graph.facebook.com/…"} if end < len(rows) else {}
        paging = {"cursors": {"before": str(start), "after": str(end)}, **following}
        return web.json_response({"data": rows[start:end], "paging": paging})


def _body(request: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    bodies = [one for one in request.get("components", ()) if one.get("type") == "BODY"]
    text = str(bodies[0].get("text", "")) if len(bodies) == 1 else ""
    if not text:
        raise CreationError(NO_SAMPLE, "component of type BODY is missing")
    found = tuple(dict.fromkeys(_VARIABLE.findall(text)))
    if len(text) > 1024:
        raise CreationError(TOO_LONG, "The body is longer than 1024 characters")
    if not all(map(_NAMED.fullmatch, found)) or "{" in _VARIABLE.sub("", text):
        raise CreationError(BAD_BODY, "variables have a wrong format")
    if found and request.get("parameter_format") != "NAMED":
        raise CreationError(BAD_BODY, "named variables need parameter_format NAMED")
    stripped = text.strip()
    if stripped.startswith("{{") or stripped.rstrip(".,;:!?").endswith("}}"):
        raise CreationError(AT_THE_EDGE, "Variables can't be at the start or end of the template")
    if re.search(r"\}\}\s*\{\{", text):
        raise CreationError(BAD_BODY, "two variables are next to each other")
    if len(_VARIABLE.sub(" ", text).split()) <= 2 * len(found):
        raise CreationError(TOO_MANY, "too many variables for the template's length")
    samples = bodies[0].get("example", {}).get("body_text_named_params", [])
    named = {one.get("param_name"): one.get("example") for one in samples}
    if set(named) != set(found) or not all(named.values()):
        raise CreationError(
            NO_SAMPLE, "component of type BODY is missing expected field(s) (example)"
        )
    return text, found


def _given(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    components = part.get("components", [])
    parameters = components[0].get("parameters", []) if components else []
    return [(str(one.get("parameter_name", "")), str(one.get("text", ""))) for one in parameters]


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values[found.group(1)], text)
