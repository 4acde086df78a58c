"""Runs Twilio's SDK over our own HTTP session, and reads its errors (reference/channels.md 2.6,
2.9).

Only this module imports the SDK's client, and the connector imports it late. The SDK's
own asynchronous transport ignores its timeout and uses an argument that aiohttp has deprecated; the
transport here does neither, and never repeats a POST.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

import aiohttp
from twilio.base.exceptions import TwilioException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from channels.error_codes import is_busy
from channels.failures import CONNECT_SECONDS, SEND_SECONDS, classified, retry_after
from channels.incoming import identifier
from channels.sms.accounts import API
from channels.sms.codes import CODES
from channels.sms.contents import Content
from lola.errors import (
    AmbiguousSendError,
    ChannelError,
    ChannelStoppedError,
    RejectedError,
    RetryLaterError,
)


class TwilioClient:
    """Creates messages; one attempt each, within `seconds`."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base: str,
        account_sid: str,
        auth_token: str,
        *,
        seconds: float = SEND_SECONDS,
    ) -> None:
        self._seconds = seconds
        # A region in the process environment would rewrite the host, so it gets its own.
        self._client = Client(
            account_sid,
            auth_token,
            http_client=_Transport(http, min(CONNECT_SECONDS, seconds)),
            environment={"TWILIO_REGION": ""},
        )
        self._client.api.base_url = (base or API).rstrip("/")

    async def create(
        self, *, to: str, sender: str, callback: str, content: Content, service: str = ""
    ) -> str:
        """Return the new message's sid; a messaging `service` chooses the sender by itself.

        Raises ChannelError.
        """
        origin = {"messaging_service_sid": service} if service else {"from_": sender}
        try:
            with classified("Twilio"):
                async with asyncio.timeout(self._seconds):
                    created = await self._client.messages.create_async(
                        to=to, status_callback=callback, **origin, **content.arguments
                    )
        except TwilioException as error:
            raise error_for(error) from None
        return str(created.sid)

    async def account_status(self) -> str:
        """Return what Twilio says of the account: active, suspended or closed.

        Raises ChannelError.
        """
        try:
            with classified("Twilio"):
                async with asyncio.timeout(self._seconds):
                    account = await self._client.api.accounts(self._client.username).fetch_async()
        except TwilioException as error:
            raise error_for(error) from None
        return str(account.status)


class _Transport(AsyncHttpClient):  # type: ignore[misc] # the SDK ships no types
    """Twilio's transport interface over aiohttp, with the credentials as a plain header."""

    def __init__(self, http: aiohttp.ClientSession, connect_seconds: float) -> None:
        super().__init__(logging.getLogger(__name__), is_async=True)
        self._http = http
        self._timeout = aiohttp.ClientTimeout(total=None, connect=connect_seconds)

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - the SDK's signature; `create` bounds the call
        allow_redirects: bool = False,
    ) -> Response:
        """Send one request; raise here for what the SDK would not report."""
        sent = dict(headers or {})
        if auth:
            sent["Authorization"] = aiohttp.encode_basic_auth(*auth)
        async with self._http.request(
            method,
            uri,
            params=params,
            data=data,
            headers=sent,
            timeout=self._timeout,
            allow_redirects=allow_redirects,
        ) as response:
            text = await response.text(errors="replace")
            after = retry_after(response.headers)
        if response.status in {429, 503} and after is not None:
            raise RetryLaterError("Twilio is busy", provider_code=str(response.status), after=after)
        if response.status < 300 and not _names_a_message(text):
            raise AmbiguousSendError("Twilio accepted the request but named no message")
        return Response(response.status, text, response.headers)


def _names_a_message(text: str) -> bool:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and bool(identifier(answer.get("sid")))


def error_for(error: TwilioException) -> ChannelError:
    """Return what a refusal means, of either of the SDK's two families of exceptions.

    The code is the HTTP status when the body was not JSON.
    """
    status, number = (_number(getattr(error, name, None)) for name in ("status", "code"))
    if number not in {0, status} and status != 504:
        return CODES.error(number, status=status)
    text = f"Twilio answered {status} without a code of its own"
    if status == 504:
        # A gateway gave up on its own back end, which may have accepted the message.
        return AmbiguousSendError(text, provider_code=str(number))
    if is_busy(status):
        return RetryLaterError(text, provider_code=str(number))
    kind = ChannelStoppedError if status in {401, 403} else RejectedError
    return kind(text, provider_code=str(number))


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
