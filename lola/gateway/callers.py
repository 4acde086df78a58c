"""Finds the client's address, also behind the proxies that a deployment trusts.

Anybody can write the header, so it counts only when it comes from a proxy that the settings name,
and only as far back as such proxies wrote it.
"""

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from lola.errors import ConfigurationError

Network = IPv4Network | IPv6Network


def networks(setting: str, values: Sequence[str]) -> tuple[Network, ...]:
    """Read addresses and networks (`10.0.0.0/8`). Raises ConfigurationError that names it."""
    try:
        return tuple(ip_network(value) for value in values)
    except ValueError as error:
        raise ConfigurationError(setting, str(error)) from None


async def _ignore(_: web.Request) -> None:
    pass


def behind_proxies(
    trusted: Sequence[Network], on_untrusted: Callable[[web.Request], Awaitable[None]] = _ignore
) -> Middleware:
    """Return the middleware that puts the client's address into `request.remote`.

    While no proxy is trusted, `on_untrusted` gets each request instead.
    """

    @web.middleware
    async def with_client(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not trusted:
            await on_untrusted(request)
            return await handler(request)
        forwarded = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, ()))
        client = client_address(request.remote or "", forwarded, trusted)
        return await handler(request.clone(remote=client))

    return with_client


def client_address(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Return the newest address in the chain that is no trusted proxy's."""
    client = peer
    for hop in (*reversed(forwarded.split(",")), ""):
        if not _is_in(client, trusted):
            return client
        try:
            client = str(ip_address(hop.strip()))
        except ValueError:
            return client
    return client


def _is_in(address: str, trusted: Sequence[Network]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in trusted)
