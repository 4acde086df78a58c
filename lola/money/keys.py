"""Makes and rotates the secrets of callbacks and session tokens (docs/safety.md 3.2).

A rotation has three steps, with a wait of one token's lifetime between them: the new key is added
behind the old one and accepted everywhere; it is moved to the front and signs; the old one is
removed. No valid token is refused, because a key signs only after it is accepted everywhere.
"""

import re
import secrets
from collections.abc import Callable
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from lola.errors import ConfigurationError
from lola.settings import split_commas

Step = Literal["publish", "promote", "retire"]
STEPS: tuple[Step, ...] = ("publish", "promote", "retire")

_PARAMETERS = "EC PARAMETERS"
_PEM_BEGIN = re.compile(r"-----BEGIN ([A-Z ]++)-----")


def new_secret() -> str:
    """Return 32 random bytes as text."""
    return secrets.token_urlsafe(32)


def new_signing_key() -> str:
    """Return a new private EC key on P-256 as PEM."""
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def rotated_secret(value: str, step: Step) -> str:
    """Return the next value of a comma-separated setting. Raises ConfigurationError."""
    return ",".join(_rotated(list(split_commas(value)), step, new_secret))


def rotated_signing_key(value: str, step: Step) -> str:
    """Return the next value of a setting of PEM blocks. Raises ConfigurationError."""
    return "\n".join(_rotated(pem_blocks(value), step, new_signing_key))


def pem_blocks(value: str) -> list[str]:
    """Return the keys of a setting of PEM blocks; line breaks may be written as two characters.

    OpenSSL writes the curve's parameters in a block of their own before the key, and text around
    the blocks: neither is a key.
    """
    text = value.replace("\\r", "").replace("\\n", "\n").replace("\r", "")
    blocks: list[str] = []
    unclosed: set[str] = set()
    position = 0
    while begin := _PEM_BEGIN.search(text, position):
        position = begin.end()
        ending = f"-----END {begin[1]}-----"
        end = -1 if ending in unclosed else text.find(ending, position + 1)
        if end < 0:
            unclosed.add(ending)
            continue
        position = end + len(ending)
        if begin[1] != _PARAMETERS:
            blocks.append(text[begin.start() : position])
    return blocks


def _rotated(keys: list[str], step: Step, make: Callable[[], str]) -> list[str]:
    match step, keys:
        case "publish", [only]:
            return [only, make()]
        case "promote", [old, new]:
            return [new, old]
        case "retire", [new, _]:
            return [new]
        case _:
            raise ConfigurationError(
                "keys",
                f"cannot {step} with {len(keys)} of them",
                hint=f"in order: {', '.join(STEPS)}",
            )
