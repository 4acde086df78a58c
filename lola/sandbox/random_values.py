"""Random names and numbers for credentials and ids of the stand-ins."""

import secrets
import string

_ALPHANUMERICS = string.ascii_lowercase + string.digits


def random_name(length: int) -> str:
    """Return random lower-case letters and digits."""
    return "".join(secrets.choice(_ALPHANUMERICS) for _ in range(length))


def random_digits(length: int) -> str:
    """Return a random number of so many digits."""
    return "1" + "".join(secrets.choice(string.digits) for _ in range(length - 1))
