"""The client's address: believed only from a proxy of ours, and only as far as it wrote it."""

import pytest

from lola.errors import ConfigurationError
from lola.gateway.callers import client_address, networks

OURS = networks("TRUSTED_PROXIES", ("10.0.0.0/8", "2001:db8::1"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("203.0.113.9", "", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3,10.0.0.2", "10.0.0.3"),
        ("2001:db8::1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, <script>", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("", "203.0.113.9", ""),
    ],
)
def test_the_newest_address_that_is_not_ours(peer: str, forwarded: str, client: str) -> None:
    """What a client writes into the header itself is further left, and does not count."""
    assert client_address(peer, forwarded, OURS) == client


def test_a_network_that_is_none_names_the_setting() -> None:
    """The start stops before anybody is believed by mistake."""
    with pytest.raises(ConfigurationError, match="TRUSTED_PROXIES"):
        networks("TRUSTED_PROXIES", ("10.0.0.1/8",))
