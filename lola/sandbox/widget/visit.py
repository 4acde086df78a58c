"""One request for a page of a link, with its language and session.

Language and session are kept in cookies of the widget's path, so that no address shows them
(reference/m2m.md 5.1; reference/lola.md 12).
"""

from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlsplit

from aiohttp import web

from lola.domain.messages import JsonObject
from lola.sandbox.m2m import Link
from lola.sandbox.m2m.transfer_details import TransferDetails
from lola.sandbox.pages import browser_language
from lola.text.languages import LANGUAGES

LANGUAGE, SESSION = "lang", "session"
PLATFORMS = (("iPhone", "iOS"), ("iPad", "iOS"), ("Android", "Android"), ("Windows", "Windows"))
RETURN_SCHEMES = frozenset({"https", "sms", "tg"})
LONGEST_SESSION = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A sender's request for a page of a link."""

    request: web.Request
    link: Link
    prefix: str

    def about(self, link: Link) -> Self:
        """Return the visit with a newer state of its link."""
        return replace(self, link=link)

    @property
    def path(self) -> str:
        """The address of this link's first page, without a step."""
        return f"{self.prefix}/{self.link.link_id}/{self.link.flow}"

    @property
    def language(self) -> str:
        """The language chosen here, else the link's, else the browser's, else Spanish."""
        return language_of(self.request, self.link.language)

    @property
    def session(self) -> str:
        """The token that authorises reports to the bank's callbacks, or an empty text."""
        return self.request.cookies.get(SESSION, "")

    @property
    def details(self) -> TransferDetails | None:
        """The transfer that was confirmed in the chat."""
        return TransferDetails.read(self.link.metadata)

    @property
    def purpose(self) -> str:
        """What the link is for, if it is for no transfer."""
        return self.link.purpose

    @property
    def return_url(self) -> str:
        """The chat's address, if the link has one that a browser may open."""
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
    """Return the page's language; `given` is the link's."""
    wishes = (request.cookies.get(LANGUAGE), given)
    return next((wish for wish in wishes if wish in LANGUAGES), None) or browser_language(request)


def strip_cookie_parameters(request: web.Request, prefix: str) -> web.Response | None:
    """Move language and session from the query to cookies by a redirect; None without them."""
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
