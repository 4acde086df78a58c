"""The HTTP client of a sandbox's simulated devices and of its control API."""

from typing import Any

import aiohttp
from pydantic import BaseModel

from lola.errors import LolaError
from lola.testing.turn_line import ReplyLine, TurnLine

# A turn may take as long as the service's slowest model is given.
TIMEOUT = aiohttp.ClientTimeout(total=150)
DEVICES = "/control/devices"


class ChatError(LolaError):
    """What was asked for cannot be done; the chat goes on."""

    code = "LOLA-903"


class About(BaseModel):
    """What a sandbox says of the service it belongs to."""

    pid: int
    service: str
    channels: tuple[str, ...]


class Arrived(BaseModel):
    """What a device received, and how many messages it has received in all."""

    items: tuple[ReplyLine, ...]
    seen: int


class Done(BaseModel):
    """The turns that an action caused, and how many messages the device has received in all."""

    turns: tuple[TurnLine, ...]
    seen: int


class DeviceClient:
    """Simulated devices at `address`, a sandbox's."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self._http = http
        self.address = address.rstrip("/")

    async def about(self) -> About:
        """Return the service that the devices write to."""
        return About.model_validate(await self._call("GET", DEVICES))

    async def act(self, channel: str, phone: str, action: dict[str, Any]) -> Done:
        """Let a device do something, and wait for the turns it causes."""
        return Done.model_validate(await self._call("POST", _path(channel, phone), action))

    async def arrived(self, channel: str, phone: str, after: int, seconds: float = 0) -> Arrived:
        """Return what a device received from number `after` on, waiting for something new."""
        query = f"?after={after}&seconds={seconds}"
        return Arrived.model_validate(await self._call("GET", _path(channel, phone) + query))

    async def control(self, method: str, path: str, body: dict[str, Any]) -> None:
        """Call the sandbox's control API."""
        await self._call(method, f"/control/{path}", body)

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        try:
            async with self._http.request(
                method, self.address + path, json=body, timeout=TIMEOUT
            ) as response:
                if response.status >= 400:
                    raise ChatError(await _reason(response))
                return await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ChatError(f"no answer from {self.address}: {type(error).__name__}") from None


async def _reason(response: aiohttp.ClientResponse) -> str:
    if response.content_type != "application/json":
        return f"{response.url.path} answered {response.status}"
    found = await response.json()
    if "problem" in found:
        return str(found["problem"])
    return f"refused: {', '.join(found.get('fields', [])) or response.status}"


def _path(channel: str, phone: str) -> str:
    return f"{DEVICES}/{channel}/{phone}"
