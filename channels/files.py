"""Fetches a file that a sender sent, from the provider's own hosts only, up to a size.

The address of a file comes with a webhook or from the provider's API. It is followed only where its
host is the provider's, so neither a token nor a request gets anywhere else.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import aiohttp
from yarl import URL

from channels.failures import CONNECT_SECONDS, classified, retry_after
from channels.incoming import header
from lola.errors import RejectedError, RetryLaterError

FILE_SECONDS = 20.0
_CHUNK = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

IsAllowed = Callable[[URL], bool]


def is_of(base: str, *suffixes: str) -> IsAllowed:
    """Return the check of an address: of the base's own origin, or HTTPS at a host with a suffix.

    A suffix that begins with a dot takes every host below it.
    """
    origin = URL(base).origin()

    def check(url: URL) -> bool:
        host = url.host or ""
        named = any(host == one or (one.startswith(".") and host.endswith(one)) for one in suffixes)
        is_plain = url.user is None and url.password is None
        return is_plain and (
            url.origin() == origin or (url.scheme == "https" and url.port == 443 and named)
        )

    return check


async def download(
    http: aiohttp.ClientSession,
    address: str,
    *,
    channel: str,
    is_allowed: IsAllowed,
    limit: int,
    headers: Mapping[str, str] = MappingProxyType({}),
    redirects: int = 0,
) -> bytes:
    """Return the bytes behind an address, at most `limit`. Raises ChannelError.

    Of at most `redirects` each is checked like the address; `headers` go to the first host only.
    """
    url = _url(address, is_allowed, channel)
    timeout = aiohttp.ClientTimeout(total=FILE_SECONDS, connect=CONNECT_SECONDS)
    with classified(channel):
        async with http.get(
            url, headers=headers, timeout=timeout, allow_redirects=False
        ) as response:
            if response.status in _REDIRECTS and redirects > 0:
                address = _joined(url, header(response.headers, "Location"))
            elif response.status != 200:
                raise _refusal(channel, response)
            else:
                return await _body(response, limit, channel)
    return await download(
        http,
        address,
        channel=channel,
        is_allowed=is_allowed,
        limit=limit,
        redirects=redirects - 1,
    )


def _url(address: str, is_allowed: IsAllowed, channel: str) -> URL:
    try:
        url = URL(address)
        if url.scheme in {"http", "https"} and is_allowed(url):
            return url
    except ValueError:
        pass
    raise RejectedError(f"{channel} named a file that is not at a host of its own")


def _joined(url: URL, location: str) -> str:
    try:
        return str(url.join(URL(location)))
    except ValueError:
        return ""


async def _body(response: aiohttp.ClientResponse, limit: int, channel: str) -> bytes:
    data = bytearray()
    if (response.content_length or 0) <= limit:
        async for chunk in response.content.iter_chunked(_CHUNK):
            data += chunk
            if len(data) > limit:
                break
        else:
            return bytes(data)
    raise RejectedError(f"a file of {channel} is larger than {limit} bytes")


def _refusal(channel: str, response: aiohttp.ClientResponse) -> RejectedError | RetryLaterError:
    code = str(response.status)
    if response.status == 429 or response.status >= 500:
        after = retry_after(response.headers)
        return RetryLaterError(f"{channel} gives no file now", provider_code=code, after=after)
    return RejectedError(f"{channel} gives no such file", provider_code=code)
