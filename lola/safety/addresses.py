"""Network addresses: which of them count as one client, and which are of the public internet."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_SUBSCRIBER_BITS = 64
"""Bits of an IPv6 address that name one subscriber, who may use any address below them."""
_NAT64 = IPv6Network("64:ff9b::/96")


def subscriber(host: str) -> str:
    """Return the address that counts as one client; of IPv6 its first half."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, _SUBSCRIBER_BITS), strict=False).network_address)
    return str(getattr(address, "ipv4_mapped", None) or address)


def is_public(host: str) -> bool:
    """Return whether a numeric address is one of the public internet.

    Loopback, private, link-local (the metadata services of clouds), shared, multicast and reserved
    ones are not, nor are IPv6 spellings of such an IPv4 address. Raises ValueError for a name.
    """
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            address = inner
        elif address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast
