"""Twilio's Content API: creation, WhatsApp's approval, and what a send may use of it.

Written from the documentation (reference/channels.md 2.10). A content stays in review until a test
decides with `review`.
"""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import encode_basic_auth, web

CATEGORIES = frozenset({"UTILITY", "MARKETING", "AUTHENTICATION"})
REFUSED_LATER: Mapping[str, str] = {
    "rejected": "63040",
    "paused": "63041",
    "disabled": "63042",
}
"""Status → the code of the callback; any other one that is not approved: 63016 out of session."""
COUNT, CONTENT, VARIABLES = "63028", "63021", 21656

_NAME = re.compile(r"[a-z0-9_]{1,512}")
_VARIABLE = re.compile(r"\{\{([^{}]*)\}\}")
_BLANKS = re.compile(r"[\n\t]| {5}")


class ContentError(ValueError):
    """A request that Twilio refuses with 400."""


@dataclass(kw_only=True)
class StoredContent:
    """One content with the state of its approval."""

    sid: str
    friendly_name: str
    language: str
    body: str
    samples: Mapping[str, str]
    name: str = ""
    category: str = ""
    status: str = "unsubmitted"
    reason: str = ""

    @property
    def variables(self) -> tuple[str, ...]:
        """The numbers of the variables, in the order of the text."""
        return tuple(dict.fromkeys(_VARIABLE.findall(self.body)))

    def approval(self) -> dict[str, Any]:
        """Return the approval as the API shows it."""
        return {
            "name": self.name,
            "category": self.category,
            "content_type": "twilio/text",
            "status": self.status,
            "rejection_reason": self.reason,
            "allow_category_change": False,
        }

    def shown(self) -> dict[str, Any]:
        """Return the content with its approval."""
        return {
            "sid": self.sid,
            "friendly_name": self.friendly_name,
            "language": self.language,
            "variables": dict(self.samples),
            "types": {"twilio/text": {"body": self.body}},
            "approval_requests": self.approval(),
        }


@dataclass(kw_only=True)
class ContentShelf:
    """The contents of one account; a list has at most `page` at once."""

    page: int = 100
    contents: dict[str, StoredContent] = field(default_factory=dict)
    _ids: Any = field(default_factory=lambda: count(1))

    def create(self, request: Mapping[str, Any]) -> StoredContent:
        """Store a content. Raises ContentError."""
        body = str(request.get("types", {}).get("twilio/text", {}).get("body", ""))
        samples = request.get("variables", {})
        if not request.get("friendly_name") or not request.get("language") or not body:
            raise ContentError("friendly_name, language and types are required")
        if not all(isinstance(one, str) and one for one in samples.values()):
            raise ContentError("variables must be an object of strings")
        made = StoredContent(
            sid=f"HX{next(self._ids):032x}".replace("HX0", "HXc", 1),
            friendly_name=str(request["friendly_name"]),
            language=str(request["language"]),
            body=body,
            samples=samples,
        )
        self.contents[made.sid] = made
        return made

    def submit(self, sid: str, request: Mapping[str, Any]) -> StoredContent:
        """Put a content into review. Raises KeyError and ContentError."""
        content = self.contents[sid]
        if not _NAME.fullmatch(str(request.get("name", ""))):
            raise ContentError("name may only hold lowercase letters, digits and underscores")
        if request.get("category") not in CATEGORIES:
            raise ContentError("category is not one of WhatsApp's")
        if content.status != "unsubmitted":
            raise ContentError("an approval request exists already")
        content.name, content.category = str(request["name"]), str(request["category"])
        content.status, content.reason = "received", ""
        if problem := self._problem(content):
            content.status, content.reason = "rejected", problem
        return content

    def clear(self) -> None:
        """Forget all contents."""
        self.contents.clear()

    def review(self, status: str, reason: str = "", *, key: str = "", language: str = "") -> None:
        """Decide on every content, or on those of a name part and a language."""
        for content in self.contents.values():
            if key in content.name and language in {"", content.language}:
                content.status, content.reason = status, reason

    def fails_later(self, form: Mapping[str, str], *, is_closed: bool) -> str | None:
        """Return the code with which an accepted content fails; "" for none.

        None when the content is not of this shelf.
        """
        content = self.contents.get(form.get("ContentSid", ""))
        if content is None:
            return None
        values = values_of(form)
        if code := REFUSED_LATER.get(content.status):
            return code
        if is_closed and content.status != "approved":
            return "63016"
        if set(values) != set(content.variables):
            return COUNT
        is_bad = any(not one or _BLANKS.search(one) for one in values.values())
        return CONTENT if is_bad or len(self.text_of(form)) > 1024 else ""

    def text_of(self, form: Mapping[str, str]) -> str:
        """Return what the recipient reads of a content."""
        values = values_of(form)
        body = self.contents[form["ContentSid"]].body
        return _VARIABLE.sub(lambda found: values.get(found.group(1), ""), body)

    def _problem(self, content: StoredContent) -> str:
        """Return WhatsApp's reason for a refusal in review, or ""."""
        text = content.body.strip()
        wanted = tuple(str(place) for place in range(1, len(content.variables) + 1))
        others = (one for one in self.contents.values() if one is not content and one.name)
        if content.variables != wanted or set(content.samples) != set(wanted):
            return "INVALID_FORMAT: variables are not in order or have no sample"
        if text.startswith("{{") or text.rstrip(".,;:!?").endswith("}}"):
            return "INVALID_FORMAT: a variable is at the start or end"
        if re.search(r"\}\}\s*\{\{", text):
            return "INVALID_FORMAT: two variables are next to each other"
        if any(one.body == content.body for one in others):
            return "INVALID_FORMAT: the content is identical to another template's"
        return ""


class ContentApi:
    """Serves the Content API over a shelf. `tokens` are those of the accounts that may use it."""

    def __init__(self, shelf: ContentShelf, tokens: Mapping[str, str]) -> None:
        self._shelf = shelf
        self._tokens = tokens

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Serve creation, submission and list below `{prefix}/v1`."""
        app.router.add_post(f"{prefix}/v1/Content", self._create)
        approvals = f"{prefix}/v1/Content/{{sid}}/ApprovalRequests/whatsapp"
        app.router.add_post(approvals, self._submit)
        app.router.add_get(f"{prefix}/v1/ContentAndApprovals", self._list)

    def _is_allowed(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        known = (encode_basic_auth(sid, token).encode() for sid, token in self._tokens.items())
        return any(hmac.compare_digest(given, one) for one in known)

    async def _create(self, request: web.Request) -> web.Response:
        if not self._is_allowed(request):
            return _error(20003, "Authenticate", status=401)
        try:
            made = self._shelf.create(json.loads(await request.read()))
        except ContentError as error:
            return _error(20001, str(error))
        return web.json_response(made.shown(), status=201)

    async def _submit(self, request: web.Request) -> web.Response:
        if not self._is_allowed(request):
            return _error(20003, "Authenticate", status=401)
        try:
            sid = request.match_info["sid"]
            content = self._shelf.submit(sid, json.loads(await request.read()))
        except KeyError:
            return _error(20404, "The requested resource was not found", status=404)
        except ContentError as error:
            return _error(20001, str(error))
        return web.json_response(content.approval(), status=201)

    async def _list(self, request: web.Request) -> web.Response:
        """List in pages; the next one's address names Twilio's own host."""
        if not self._is_allowed(request):
            return _error(20003, "Authenticate", status=401)
        rows = [one.shown() for one in self._shelf.contents.values()]
        start = int(request.query.get("PageToken", "0"))
        end = start + min(int(request.query.get("PageSize", "50")), self._shelf.page)
        following = f"https://content.twilio.com/v1/ContentAndApprovals?PageToken={end}"
        meta = {"key": "contents", "next_page_url": following if end < len(rows) else None}
        return web.json_response({"contents": rows[start:end], "meta": meta})


def values_of(form: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a message by their number."""
    return {
        str(key): str(one) for key, one in json.loads(form.get("ContentVariables", "{}")).items()
    }


def _error(code: int, text: str, *, status: int = 400) -> web.Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": text, "more_info": more, "status": status}
    return web.json_response(body, status=status)
