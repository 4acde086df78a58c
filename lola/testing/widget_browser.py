"""A simulated person on the secure page: opens a link, completes the forms, approves or cancels.

It uses plain HTTP and forms, as a browser without scripts does, with invented data and a published
test card. It knows nothing of the service inside.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import MappingProxyType
from urllib.parse import urljoin

import aiohttp

from lola.errors import LolaError

TIMEOUT = aiohttp.ClientTimeout(total=10)
MAX_PAGES = 12
ANSWERS: Mapping[str, str] = MappingProxyType(
    {
        "first_name": "Cliente",
        "last_name": "de Prueba",
        "day": "15",
        "month": "5",
        "year": "1990",
        "id_number": "GAPA900515HDFRRL09",
        "number": "4111 1111 1111 1111",
        "expiry": "12/39",
        "code": "123",
        "clabe": "014027000005555558",
    }
)
"""Field → what is typed there; other fields keep their value."""


class WidgetError(LolaError):
    """The secure page did not offer the form that was looked for."""

    code = "LOLA-901"


@dataclass(slots=True)
class _Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Page(HTMLParser):
    """The forms of a page, and the address of its first link that looks like a button."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self.onward = ""
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the forms, their fields and the button-like link."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Form(given.get("action", "")))
        elif tag == "a" and given.get("class") == "button":
            self.onward = self.onward or given.get("href", "")
        elif tag == "select":
            self._select = given["name"]
        elif self.forms and tag == "option":
            value = given.get("value") or ""
            self._fill(self._select, value, is_chosen="selected" in given)
        elif self.forms and tag == "input":
            value = ANSWERS.get(given["name"], given.get("value", ""))
            self._fill(given["name"], value, is_chosen="checked" in given)

    def _fill(self, name: str, value: str, *, is_chosen: bool) -> None:
        """Use the first of several choices, or the one that is selected already."""
        if is_chosen or name not in self.forms[-1].fields:
            self.forms[-1].fields[name] = value


class WidgetBrowser:
    """A minimal browser for pages of plain forms."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def open(self, url: str) -> int:
        """Open the link and return the HTTP status of its page."""
        status, _, _ = await self._get(url)
        return status

    async def press(self, url: str, action: str) -> int:
        """Open the link, take every step before it, and press `approve` or `cancel`.

        On the page of a request for money, the payer presses `pay` or `decline`.

        Return the status of the next page. Raises WidgetError when no page offers the action.
        """
        status, page, address = await self._get(url)
        for _ in range(MAX_PAGES):
            for form in page.forms:
                if form.action.endswith(f"/{action}"):
                    status, _, _ = await self._post(urljoin(address, form.action), {})
                    return status
            if steps := [form for form in page.forms if not form.action.endswith("/cancel")]:
                target = urljoin(address, steps[0].action)
                status, page, address = await self._post(target, steps[0].fields)
            elif page.onward and status < 400:
                status, page, address = await self._get(urljoin(address, page.onward))
            else:
                break
        raise WidgetError(f"the page (HTTP {status}) offers no way to {action}")

    async def finish(self, url: str) -> int:
        """Open a link that is for no transfer, take every step, and return the last status.

        Raises WidgetError when the pages come to no end.
        """
        status, page, address = await self._get(url)
        for _ in range(MAX_PAGES):
            if page.forms:
                form = page.forms[0]
                status, page, address = await self._post(urljoin(address, form.action), form.fields)
            elif page.onward and "/done" not in address and status < 400:
                status, page, address = await self._get(urljoin(address, page.onward))
            else:
                return status
        raise WidgetError(f"the page (HTTP {status}) comes to no end")

    async def _get(self, url: str) -> tuple[int, _Page, str]:
        async with self._http.get(url, timeout=TIMEOUT) as response:
            return response.status, _Page(await response.text()), str(response.url)

    async def _post(self, url: str, fields: Mapping[str, str]) -> tuple[int, _Page, str]:
        async with self._http.post(url, data=fields, timeout=TIMEOUT) as response:
            return response.status, _Page(await response.text()), str(response.url)
