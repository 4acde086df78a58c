"""A staff member of the bank, using the console over HTTP."""

from typing import Any

import aiohttp

PASSWORD = "correct horse battery"


class Colleague:
    """A staff member signed in to the console. `http` must keep cookies of an IP address."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = f"{url}/console/api"
        self._csrf = ""

    async def sign_in(self, name: str) -> None:
        """Sign in and keep the CSRF token."""
        answer = await self._post("login", {"name": name, "password": PASSWORD})
        self._csrf = answer["csrf"]

    async def get(self, path: str) -> dict[str, Any]:
        """Read the queue or a conversation."""
        async with self._http.get(f"{self._url}/{path}") as response:
            assert response.status == 200
            return await response.json()

    async def do(self, conversation: str, action: str, **body: str) -> dict[str, Any]:
        """Take over, reply or hand back."""
        return await self._post(f"conversations/{conversation}/{action}", body)

    async def _post(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        async with self._http.post(
            f"{self._url}/{path}", json=body, headers={"X-CSRF-Token": self._csrf}
        ) as response:
            assert response.status in {200, 201, 202}, await response.text()
            return await response.json()
