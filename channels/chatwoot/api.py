"""Calls Chatwoot's application API, and says what its errors mean (reference/channels.md 4.2).

No access key, text or number gets into an exception. A conversation's id is always the
number that Chatwoot shows, which is also in its addresses and webhooks.
"""

from collections.abc import Mapping

import aiohttp

from channels.failures import CONNECT_SECONDS, SEND_SECONDS, classified, retry_after
from channels.payload import number, optional_object, response_object
from lola.domain.messages import JsonObject
from lola.errors import (
    AmbiguousSendError,
    ChannelError,
    ChannelStoppedError,
    RejectedError,
    RetryLaterError,
)

OUR_ID = "lola_id"
"""The key of our own id among a message's `content_attributes`. Its `source_id` says the same, but
the provider behind an inbox may overwrite that."""

_OURS = "lola:"

BUSY_SECONDS = 60.0
_BUSY = "Too many messages"


class GoneError(RejectedError):
    """Chatwoot knows no such conversation, contact or inbox (any more)."""


class ChatwootApi:
    """One account, with one access key. Every call raises ChannelError."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base: str,
        account: str,
        access_key: str,
        *,
        seconds: float = SEND_SECONDS,
    ) -> None:
        self._http = http
        self._base = f"{base.rstrip('/')}/api/v1/accounts/{account}"
        self._headers = {"api_access_token": access_key}
        self._timeout = aiohttp.ClientTimeout(total=seconds, connect=min(CONNECT_SECONDS, seconds))

    async def get(self, path: str, **query: str) -> JsonObject:
        """Read an object."""
        return await self._call("GET", path, query=query)

    async def post(self, path: str, body: JsonObject) -> JsonObject:
        """Create or change something."""
        return await self._call("POST", path, body=body)

    async def patch(self, path: str, body: JsonObject) -> JsonObject:
        """Change a part of something."""
        return await self._call("PATCH", path, body=body)

    async def write(self, conversation: str, message: JsonObject, our_id: str) -> str:
        """Write a message under our own id and return Chatwoot's."""
        attributes = {**message.get("content_attributes", {}), OUR_ID: f"{_OURS}{our_id}"}
        body = {**message, "source_id": f"{_OURS}{our_id}", "content_attributes": attributes}
        created = await self.post(f"/conversations/{conversation}/messages", body)
        found = number(created.get("id"))
        if found is None:
            raise AmbiguousSendError("Chatwoot accepted the request but named no message")
        return str(found)

    async def messages(self, conversation: str, *, since: int, pages: int = 5) -> list[JsonObject]:
        """Return the messages with an id above `since`, oldest first, from the newest pages."""
        found: dict[int, JsonObject] = {}
        before = ""
        for _ in range(pages):
            query = {"before": before} if before else {}
            answer = await self.get(f"/conversations/{conversation}/messages", **query)
            page = {
                message_id: message
                for message in objects(answer.get("payload"))
                if (message_id := number(message.get("id"))) is not None
            }
            found |= {key: message for key, message in page.items() if key > since}
            if not page or min(page) <= since:
                break
            before = str(min(page))
        return [found[key] for key in sorted(found)]

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: JsonObject | None = None,
    ) -> JsonObject:
        with classified("Chatwoot"):
            async with self._http.request(
                method,
                f"{self._base}{path}",
                params=query,
                json=body,
                headers=self._headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                answer = response_object(await response.read())
                if response.status < 300:
                    return answer
                raise error_for(response.status, answer, retry_after(response.headers))


def our_id_of(message: JsonObject) -> str:
    """Return our own id of a message; "" for a message of somebody else."""
    for value in (
        optional_object(message.get("content_attributes")).get(OUR_ID),
        message.get("source_id"),
    ):
        if isinstance(value, str) and value.startswith(_OURS):
            return value.removeprefix(_OURS)
    return ""


def objects(value: object) -> list[JsonObject]:
    """Return the objects in a list; none for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def error_for(status: int, answer: JsonObject, after: float | None) -> ChannelError:
    """Return what a refusal means; `answer` is empty when the body was not JSON."""
    text, code = f"Chatwoot answered {status}", str(status)
    if status in {401, 403}:
        return ChannelStoppedError(text, provider_code=code, hint="check CHATWOOT_ACCESS_KEY")
    if status == 404:
        return GoneError(text, provider_code=code, hint="check CHATWOOT_ACCOUNT_ID")
    if status == 422 and any(_BUSY in str(value) for value in answer.values()):
        return RetryLaterError(text, provider_code=code, after=BUSY_SECONDS)
    if status == 504:
        return AmbiguousSendError(text, provider_code=code)
    if status == 429 or status >= 500:
        return RetryLaterError(text, provider_code=code, after=after)
    return RejectedError(text, provider_code=code)
