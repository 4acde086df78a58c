"""Outgoing HTTP: the egress proxy of the environment, and how many connections are opened.

`HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are honoured, `SSL_CERT_FILE` and `SSL_CERT_DIR` name a
proxy's own certificate authority, and loopback addresses are always reached directly. Credentials
are never taken from a `.netrc`, as aiohttp's own `trust_env` would.
"""

import socket
import ssl
import urllib.request
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_middlewares import ClientHandlerType
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from lola.safety.addresses import is_public

CONNECTIONS_PER_HOST = 100
"""To one partner or channel. A worker has 64 turns at once, so no turn waits for a connection, and
a partner that hangs cannot take those of the others: there is no limit over all hosts."""
KEPT_CONNECTIONS = 64
"""Idle ones to one model's provider: as many as a worker has turns at once."""
KEPT_SECONDS = 30.0
"""How long an idle connection is kept: messages of one conversation come seconds apart, and load
balancers close theirs after a minute."""


def open_session(**options: Any) -> aiohttp.ClientSession:
    """Return a session for partners, channels and models. The proxy is read from the environment
    now, once.
    """
    proxies = urllib.request.getproxies_environment()

    async def through_proxy(
        request: aiohttp.ClientRequest, handler: ClientHandlerType
    ) -> aiohttp.ClientResponse:
        proxy = _proxy_for(request.url, proxies)
        if proxy is not None:
            # aiohttp writes this header as Proxy-Authorization, to the proxy only.
            headers = {"Authorization": _basic(proxy)} if proxy.user else None
            request.update_proxy(proxy.with_user(None), None, headers)
        return await handler(request)

    connector = aiohttp.TCPConnector(
        limit=0,
        limit_per_host=CONNECTIONS_PER_HOST,
        keepalive_timeout=KEPT_SECONDS,
        # aiohttp's own context is made when it is imported, perhaps before SSL_CERT_FILE is set.
        ssl=ssl.create_default_context(),
    )
    middlewares = (through_proxy,) if proxies else ()
    return aiohttp.ClientSession(connector=connector, middlewares=middlewares, **options)


def open_outside_session(**options: Any) -> aiohttp.ClientSession:
    """Return a session for addresses that came from outside: of a file, a page, a partner's field.

    Each host is looked up once and connected to as it was found; every address that is not of the
    public internet is refused (aiohttp.ClientError), and redirects are not followed. No proxy is
    used: it would look the name up again.
    """

    async def refuse_private(
        request: aiohttp.ClientRequest, handler: ClientHandlerType
    ) -> aiohttp.ClientResponse:
        host = request.url.host or ""
        if request.url.scheme not in {"http", "https"} or not _may_be_public(host):
            raise aiohttp.InvalidURL(request.url, "is not of the public internet")
        return await handler(request)

    connector = aiohttp.TCPConnector(resolver=_PublicResolver(), use_dns_cache=False)
    return aiohttp.ClientSession(
        connector=connector,
        middlewares=(refuse_private,),
        trace_configs=[no_redirects()],
        **options,
    )


class _PublicResolver(AbstractResolver):
    """Looks a name up, and returns its addresses only if all of them are public."""

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses. Raises OSError for a name that leads inside."""
        found = await self._resolver.resolve(host, port, family)
        if not all(is_public(address["host"]) for address in found):
            raise OSError("the name leads to an address that is not of the public internet")
        return found

    async def close(self) -> None:
        await self._resolver.close()


def _may_be_public(host: str) -> bool:
    """Return whether a host is a name, which is looked up next, or a public address."""
    try:
        return is_public(host)
    except ValueError:
        return bool(host) and not is_loopback(host)


def no_redirects() -> aiohttp.TraceConfig:
    """Return what makes a session refuse redirects, for SDKs that cannot be told so: what a sender
    wrote goes only to the host that a setting names.
    """

    async def refuse(*_: object) -> None:
        raise aiohttp.ClientError("redirects are not followed")

    config = aiohttp.TraceConfig()
    config.on_request_redirect.append(refuse)
    return config


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, which no proxy can reach."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _basic(proxy: URL) -> str:
    return aiohttp.encode_basic_auth(proxy.user or "", proxy.password or "")


def _proxy_for(url: URL, proxies: Mapping[str, str]) -> URL | None:
    host = url.host or ""
    bypassed = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]
    if is_loopback(host) or bypassed(host, dict(proxies)):
        return None
    address = proxies.get(url.scheme)
    return URL(address if "://" in address else f"http://{address}") if address else None
