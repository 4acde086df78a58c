"""Calls methods of the Bot API, and says what its errors mean (reference/channels.md 3.2).

The token is part of every call's address, so no address, and no error that could hold one, leaves
this module.
"""

import re

import aiohttp

from channels.failures import CONNECT_SECONDS, SEND_SECONDS, classified, retry_after
from channels.files import download, is_of
from channels.payload import number, optional_object, response_object
from lola.domain.messages import JsonObject
from lola.errors import (
    AmbiguousSendError,
    ChannelError,
    ChannelStoppedError,
    OptedOutError,
    RejectedError,
    RetryLaterError,
)

DEFAULT_BASE = "https://api.telegram.org"

_BLOCKED = re.compile(r"bot was blocked by the user", re.IGNORECASE)
_FILE_PATH = re.compile(r"[A-Za-z0-9_./-]{1,256}")
_ENTITIES = re.compile(r"can't parse entities", re.IGNORECASE)


class MarkupRefusedError(RejectedError):
    """Telegram could not read our markup; the same text without it may be accepted."""


class BotApi:
    """Calls methods of one bot, once each. Raises ChannelError without address and token."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base: str,
        token: str,
        *,
        seconds: float = SEND_SECONDS,
    ) -> None:
        self._http = http
        base = (base or DEFAULT_BASE).rstrip("/")
        self._prefix = f"{base}/bot{token}"
        self._files = f"{base}/file/bot{token}"
        self._timeout = aiohttp.ClientTimeout(total=seconds, connect=min(CONNECT_SECONDS, seconds))

    async def call(self, method: str, parameters: JsonObject) -> object:
        """Return the method's result."""
        with classified("Telegram"):
            async with self._http.post(
                f"{self._prefix}/{method}",
                json=parameters,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                answer = response_object(await response.read())
                if response.status < 300 and answer.get("ok") is True:
                    return answer.get("result")
                raise error_for(response.status, answer, retry_after(response.headers))

    async def file(self, file_id: str, limit: int) -> bytes:
        """Return the bytes of a file, at most 20 MB (reference/channels.md 3.2)."""
        found = optional_object(await self.call("getFile", {"file_id": file_id}))
        path = found.get("file_path")
        if not isinstance(path, str) or not _FILE_PATH.fullmatch(path) or ".." in path:
            raise RejectedError("Telegram named no file")
        address = f"{self._files}/{path}"
        return await download(
            self._http, address, channel="Telegram", is_allowed=is_of(address), limit=limit
        )

    async def send(self, parameters: JsonObject) -> str:
        """Return the id of the new message, unique within its chat."""
        result = optional_object(await self.call("sendMessage", parameters))
        found = number(result.get("message_id"))
        if found is None:
            raise AmbiguousSendError("Telegram accepted the request but named no message")
        return str(found)


def error_for(status: int, answer: JsonObject, after: float | None) -> ChannelError:
    """Return what a refusal means; `answer` is empty when the body was not JSON."""
    code = number(answer.get("error_code"))
    if code is None:
        code = status
    given = answer.get("description")
    description = given if isinstance(given, str) else ""
    text, known = f"Telegram refused with code {code}", str(code)
    if code == 429:
        advice = number(optional_object(answer.get("parameters")).get("retry_after"))
        return RetryLaterError(
            text, provider_code=known, after=after if advice is None else float(advice)
        )
    if code in {401, 404}:
        return ChannelStoppedError(text, provider_code=known, hint="check TELEGRAM_TOKEN")
    if code == 409:
        hint = "something else receives this bot's updates with the same token"
        return ChannelStoppedError(text, provider_code=known, hint=hint)
    if status < 300 or code == 504:
        # Accepted with an unknown answer, or a gateway gave up on a back end that may have sent it.
        return AmbiguousSendError(text, provider_code=known)
    if code >= 500:
        return RetryLaterError(text, provider_code=known, after=after)
    if code == 403 and _BLOCKED.search(description):
        return OptedOutError(text, provider_code=known, hint="the sender blocked the bot")
    if code == 400 and _ENTITIES.search(description):
        return MarkupRefusedError(text, provider_code=known)
    return RejectedError(text, provider_code=known)
