"""Addresses that came from outside never lead inside (`lola.safety.addresses`, `outgoing`)."""

import asyncio
import socket

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver

from lola.safety.addresses import is_public, subscriber
from lola.safety.outgoing import _PublicResolver, open_outside_session

INSIDE = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",  # noqa: S104 - looked at only
    "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "2002:a00:1::1", "2001::1",
)  # fmt: skip
OUTSIDE = ("8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")


@pytest.mark.parametrize("address", INSIDE)
def test_inner_addresses_in_every_spelling_are_not_public(address: str) -> None:
    """Private, loopback, link-local and reserved ranges, also inside an IPv6 address."""
    assert not is_public(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_public_addresses_are(address: str) -> None:
    """What everybody can reach."""
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://2130706433:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://a.localhost:{port}/",
    ],
)
async def test_a_session_for_outside_addresses_reaches_nothing_inside(url: str) -> None:
    """Numbers in every notation and names of this machine, with a server that would answer."""
    reached = []

    async def handle(reader, writer) -> None:
        reached.append(url)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_outside_session() as http:
        with pytest.raises(aiohttp.ClientError):
            await http.get(url.format(port=port))
    assert reached == []


class Answers(AbstractResolver):
    """A name server of the attacker."""

    def __init__(self, *hosts: str) -> None:
        self._hosts = hosts

    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [
            {"hostname": host, "host": one, "port": port, "family": family, "proto": 0, "flags": 0}
            for one in self._hosts
        ]

    async def close(self) -> None: ...


async def test_a_name_with_one_inner_address_is_refused() -> None:
    """A name server that mixes public and private answers gains nothing."""
    found = await _PublicResolver(Answers("8.8.8.8")).resolve("a.example", 443)
    assert [one["host"] for one in found] == ["8.8.8.8"]
    for hosts in (("10.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::1",)):
        with pytest.raises(OSError, match="not of the public internet"):
            await _PublicResolver(Answers(*hosts)).resolve("a.example", 443)


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_one_subscriber_is_one_client(host: str, client: str) -> None:
    """Of IPv6 the first half counts, because a subscriber may use any address below it."""
    assert subscriber(host) == client
