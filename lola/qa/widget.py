"""A person in front of the secure page: opens a link, approves or cancels, by plain HTTP."""

import re
from urllib.parse import urljoin

import aiohttp

from lola.errors import LolaError

SECONDS = 10.0
FORM = re.compile(r'<form[^>]*action="([^"]+)"', re.IGNORECASE)


class WidgetError(LolaError):
    """The secure page did not offer what a person would look for."""

    code = "LOLA-901"


class Widget:
    """A browser small enough for one page with two buttons."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def open(self, url: str) -> int:
        """Open the link and answer the HTTP status of the page behind it."""
        status, _, _ = await self._get(url)
        return status

    async def press(self, url: str, action: str) -> int:
        """Open the link and press `approve` or `cancel`; answers the status of what follows."""
        status, page, address = await self._get(url)
        for target in FORM.findall(page):
            if target.rstrip("/").endswith(action):
                timeout = aiohttp.ClientTimeout(total=SECONDS)
                async with self._http.post(urljoin(address, target), timeout=timeout) as response:
                    await response.read()
                    return response.status
        raise WidgetError(f"the page (HTTP {status}) offers no way to {action}")

    async def _get(self, url: str) -> tuple[int, str, str]:
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        async with self._http.get(url, timeout=timeout) as response:
            return response.status, await response.text(), str(response.url)
