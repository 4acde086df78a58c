"""Network addresses: which of them count as one client."""

from ipaddress import IPv6Address, ip_address, ip_network

_SUBSCRIBER_BITS = 64
"""Bits of an IPv6 address that name one subscriber, who may use any address below them."""


def subscriber(host: str) -> str:
    """Return the address that counts as one client; of IPv6 its first half."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, _SUBSCRIBER_BITS), strict=False).network_address)
    return str(getattr(address, "ipv4_mapped", None) or address)
