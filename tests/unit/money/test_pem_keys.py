"""JWT_PRIVATE_KEY takes the files that OpenSSL writes, and says what it cannot use."""

import shutil
import subprocess
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from lola.errors import ConfigurationError
from lola.money.keys import new_signing_key, pem_blocks, rotated_signing_key
from lola.money.page_sessions import Grant, SessionTokens
from tests.support import NOW

KEY = ec.generate_private_key(ec.SECP256R1())
PKCS8 = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
SEC1 = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
# The object identifier of P-256 (prime256v1), as `openssl ecparam -genkey` writes it.
PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
TEXT = "Private-Key: (256 bit)\npriv:\n    00:11\nASN1 OID: prime256v1\n"
USABLE = {
    "pkcs8": PKCS8,
    "sec1": SEC1,
    "parameters": PARAMETERS + SEC1,
    "text before": TEXT + PARAMETERS + SEC1,
    "text behind": SEC1 + "\n# signing key of the page\n",
    "crlf": (PARAMETERS + SEC1).replace("\n", "\r\n"),
    "cr": SEC1.replace("\n", "\r\n").rstrip(),
    "escaped": (PARAMETERS + PKCS8).replace("\n", "\\n"),
    "escaped crlf": (PARAMETERS + SEC1).replace("\n", "\\r\\n"),
    "blanks": f"\n\n  \n{PKCS8}\n\n",
}
GRANT = Grant(ticket="t", subject="s", conversation="c", digest="d", actions=("send:approve",))


def tokens(pem: str) -> SessionTokens:
    return SessionTokens(pem, issuer="i", tenant="lola", life=timedelta(minutes=15))


@pytest.mark.parametrize("form", USABLE)
def test_every_form_of_the_same_key_signs_alike(form: str) -> None:
    """A token of one form is accepted by every other."""
    assert len(pem_blocks(USABLE[form])) == 1
    assert tokens(PKCS8).read(tokens(USABLE[form]).issue(GRANT, NOW), NOW) == GRANT


@pytest.mark.parametrize("form", USABLE)
def test_every_form_can_be_rotated(form: str) -> None:
    """The first step keeps the key and adds another one."""
    both = rotated_signing_key(USABLE[form], "publish")
    assert len(tokens(both).public_keys()["keys"]) == 2
    assert tokens(both).read(tokens(PKCS8).issue(GRANT, NOW), NOW) == GRANT


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "no pem",
        PARAMETERS,
        SEC1.replace("MH", "!!", 1),
        SEC1.partition("-----END")[0],
        KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        KEY.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pass")
        ).decode(),
        ec.generate_private_key(ec.SECP384R1())
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode(),
        rsa.generate_private_key(65537, 2048)
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode(),
        ed25519.Ed25519PrivateKey.generate()
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode(),
        new_signing_key() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
    ids=["empty", "text", "parameters only", "damaged", "cut", "public", "encrypted", "p-384",
         "rsa", "ed25519", "certificate"],
)  # fmt: skip
def test_anything_else_stops_the_start_by_name(pem: str) -> None:
    """The setting is named, and nothing of the key is shown."""
    with pytest.raises(ConfigurationError, match="JWT_PRIVATE_KEY") as caught:
        tokens(pem)
    assert "BEGIN" not in str(caught.value)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
def test_what_openssl_itself_writes_is_accepted() -> None:
    """`openssl ecparam -genkey` writes the parameters first."""
    made = subprocess.run(
        ["openssl", "ecparam", "-name", "prime256v1", "-genkey"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert tokens(made).read(tokens(made).issue(GRANT, NOW), NOW) == GRANT
