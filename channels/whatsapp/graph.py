"""Calls Meta's Graph API, and says what its errors mean (reference/channels.md 1.9).

The error code decides (`errors.toml`); the HTTP status only where there is none, because Meta's
pages disagree about it. No token, number or text gets into an exception.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import aiohttp

from channels.error_codes import ErrorCodes
from channels.failures import CONNECT_SECONDS, SEND_SECONDS, classified, retry_after
from channels.files import download, is_of
from channels.incoming import identifier
from channels.payload import optional_object, response_object
from lola.domain.messages import JsonObject
from lola.errors import (
    AmbiguousSendError,
    ChannelError,
    ChannelStoppedError,
    RejectedError,
    RetryLaterError,
)

DEFAULT_BASE = "https://graph.facebook.com"
VERSION = "v26.0"
_MEDIA_HOSTS = (".fbsbx.com", ".whatsapp.net", "graph.facebook.com")
_MEDIA_ID = re.compile(r"[0-9]{1,64}")

CODES = ErrorCodes.read("WhatsApp", Path(__file__).with_name("errors.toml"))


class GraphClient:
    """Calls `{base}/{version}/{phone_number_id}` with the number's bearer token.

    `tokens` holds the tokens of numbers that have their own; all others use `token`.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base: str,
        token: str,
        *,
        tokens: Mapping[str, str] = MappingProxyType({}),
        seconds: float = SEND_SECONDS,
    ) -> None:
        base = (base or DEFAULT_BASE).rstrip("/")
        self._base = base if re.search(r"/v\d+\.\d+\Z", base) else f"{base}/{VERSION}"
        self._http = http
        self._token = token
        self._tokens = tokens
        self._timeout = aiohttp.ClientTimeout(total=seconds, connect=min(CONNECT_SECONDS, seconds))

    async def post(self, account: str, payload: JsonObject) -> JsonObject:
        """Post to the number's messages and return Meta's response. Raises ChannelError."""
        body = {"messaging_product": "whatsapp", **payload}
        return await self.call("POST", account, "/messages", body)

    async def get(self, account: str) -> JsonObject:
        """Return the number's record at Meta, which needs a valid token. Raises ChannelError."""
        return await self.call("GET", account, "?fields=id", None)

    async def file(self, account: str, media: str, limit: int) -> bytes:
        """Return the bytes of a media id of this number (reference/channels.md 1.6).

        The address is good for five minutes and wants the same token, which goes to Meta's hosts
        only. Raises ChannelError.
        """
        if not _MEDIA_ID.fullmatch(media):
            raise RejectedError("this is no media id of WhatsApp")
        told = await self.call("GET", account, "", node=f"{media}?phone_number_id={account}")
        data = await download(
            self._http,
            str(told.get("url") or ""),
            channel="WhatsApp",
            is_allowed=is_of(self._base, *_MEDIA_HOSTS),
            limit=limit,
            headers={"Authorization": f"Bearer {self._tokens.get(account, self._token)}"},
        )
        if told.get("sha256") != sha256(data).hexdigest():
            raise RejectedError("a file of WhatsApp has another digest than was told")
        return data

    async def call(
        self,
        method: str,
        account: str,
        rest: str,
        body: JsonObject | None = None,
        *,
        node: str = "",
    ) -> JsonObject:
        """Call a node of the graph, a number's or the business account's, with the account's token.

        `node` is another one than the account's own. Raises ChannelError.
        """
        token = self._tokens.get(account, self._token)
        with classified("WhatsApp"):
            async with self._http.request(
                method,
                f"{self._base}/{node or account}{rest}",
                json=body,
                headers={"Authorization": f"Bearer {token}"},
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                answer = response_object(await response.read())
                if response.status < 300 and "error" not in answer:
                    return answer
                error = error_for(response.status, answer, retry_after(response.headers))
                error.hint = _explained(answer) or error.hint
                raise error


def _explained(answer: JsonObject) -> str:
    """Return Meta's words for people, which come with the refusal of a template."""
    error = optional_object(answer.get("error"))
    words = (error.get("error_user_title"), error.get("error_user_msg"))
    return ": ".join(" ".join(one.split())[:200] for one in words if isinstance(one, str) and one)


def message_id(answer: JsonObject) -> str:
    """Return the id of the accepted message. Raises AmbiguousSendError when there is none."""
    messages = answer.get("messages")
    first = optional_object(messages[0]) if isinstance(messages, list) and messages else {}
    if found := identifier(first.get("id")):
        return found
    raise AmbiguousSendError("WhatsApp accepted the request but named no message")


def error_for(status: int, answer: JsonObject, after: float | None) -> ChannelError:
    """Return what a refusal means; `answer` is empty when the body was not JSON."""
    code = optional_object(answer.get("error")).get("code")
    if not isinstance(code, int):
        return _without_code(status, after)
    return CODES.error(code, status=status, after=after)


def _without_code(status: int, after: float | None) -> ChannelError:
    text = f"WhatsApp answered {status} without an error code"
    if status == 504:
        # A gateway gave up on its own back end, which may have accepted the message.
        return AmbiguousSendError(text)
    if status == 429 or status >= 500:
        return RetryLaterError(text, after=after)
    if status in {401, 403}:
        return ChannelStoppedError(text)
    return RejectedError(text)
