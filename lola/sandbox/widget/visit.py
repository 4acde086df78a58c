"""One request of one sender: the link it is about, the language, and what its browser brought.

The language and the session travel in cookies of the widget's own path, so that no address shows
them (reference/m2m.md 5.1; reference/lola.md 12).
"""

from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlsplit

from aiohttp import web

from lola.domain.messages import JsonObject
from lola.sandbox.m2m import Link
from lola.sandbox.m2m.transfer_details import TransferDetails
from lola.sandbox.pages import browser_language
from lola.text.wording import LANGUAGES

LANGUAGE, SESSION = "lang", "session"
PLATFORMS = (("iPhone", "iOS"), ("iPad", "iOS"), ("Android", "Android"), ("Windows", "Windows"))
RETURN_SCHEMES = frozenset({"https", "sms", "tg"})
LONGEST_SESSION = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A sender at a page of a link. `path` is the link's own, without a step."""

    request: web.Request
    link: Link
    prefix: str

    def about(self, link: Link) -> Self:
        """Answer the same visit with a newer state of its link."""
        return replace(self, link=link)

    @property
    def path(self) -> str:
        """Where the pages of this link begin."""
        return f"{self.prefix}/{self.link.link_id}/{self.link.flow}"

    @property
    def language(self) -> str:
        """What the sender chose here, else the link's, else the browser's, else Spanish."""
        return language_of(self.request, self.link.language)

    @property
    def session(self) -> str:
        """The token with which the page may report to the bank's callbacks, or nothing."""
        return self.request.cookies.get(SESSION, "")

    @property
    def details(self) -> TransferDetails | None:
        """What was confirmed in the chat."""
        return TransferDetails.read(self.link.metadata)

    @property
    def return_url(self) -> str:
        """The chat's address, when the link brought one that a browser may follow."""
        address = str(self.link.metadata.get("returnUrl", ""))
        return address if urlsplit(address).scheme in RETURN_SCHEMES else ""

    @property
    def device(self) -> JsonObject:
        """The `deviceInfo` of reference/m2m.md 7.5."""
        agent = self.request.headers.get("User-Agent", "")
        return {
            "userAgent": agent,
            "platform": next((name for mark, name in PLATFORMS if mark in agent), "Other"),
            "language": self.request.headers.get("Accept-Language", "").split(",")[0],
        }


def language_of(request: web.Request, given: str | None = None) -> str:
    """Answer the page's language; `given` is the link's."""
    wishes = (request.cookies.get(LANGUAGE), given)
    return next((wish for wish in wishes if wish in LANGUAGES), None) or browser_language(request)


def strip_cookie_parameters(request: web.Request, prefix: str) -> web.Response | None:
    """Answer a redirect to the same address without what belongs into a cookie, or None."""
    language, session = request.query.get(LANGUAGE), request.query.get(SESSION)
    if language is None and session is None:
        return None
    rest = {name: value for name, value in request.query.items() if name not in {LANGUAGE, SESSION}}
    response = web.Response(status=303, headers={"Location": str(request.rel_url.with_query(rest))})
    if language in LANGUAGES:
        response.set_cookie(LANGUAGE, str(language), path=prefix, httponly=True, samesite="Lax")
    if session and len(session) <= LONGEST_SESSION:
        path = f"{prefix}/{request.match_info['link_id']}"
        response.set_cookie(SESSION, session, path=path, httponly=True, samesite="Lax")
    return response
