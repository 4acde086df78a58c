"""Reads the client certificate for a partner that demands mutual TLS: PEM or PKCS#12.

The server's certificate is checked as always; nothing here can switch that off.
"""

import ssl
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

from lola.errors import ConfigurationError

PKCS12 = frozenset({".p12", ".pfx"})


def client_context(
    certificate: str, password: str, *, setting: str, trusted: str | None = None
) -> ssl.SSLContext | None:
    """Return the context with the certificate in this file; None when no file is named.

    `trusted` is a file of authorities to trust instead of the system's. Raises ConfigurationError
    that names the setting and shows nothing of file or password.
    """
    if not certificate:
        return None
    context = ssl.create_default_context(cafile=trusted)
    try:
        if Path(certificate).suffix.lower() in PKCS12:
            _load_pkcs12(context, Path(certificate).read_bytes(), password)
        else:
            context.load_cert_chain(certificate, password=password)
    except (OSError, ValueError):
        # ssl.SSLError is an OSError. Without a password OpenSSL must not ask at the terminal.
        raise ConfigurationError(
            setting,
            "cannot be read as a certificate with its key",
            hint="PEM, or PKCS#12 as .p12 or .pfx, and the right password",
        ) from None
    return context


def _load_pkcs12(context: ssl.SSLContext, raw: bytes, password: str) -> None:
    """Load a PKCS#12 file by way of a file that exists for a moment: OpenSSL reads only files."""
    key, certificate, others = load_key_and_certificates(raw, password.encode() or None)
    if key is None or certificate is None:
        raise ValueError("the file has no key or no certificate")
    secret = (password or "transport").encode()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(secret))
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in (certificate, *others))
    with tempfile.TemporaryDirectory(prefix="lola-tls-") as folder:
        path = Path(folder) / "client.pem"
        path.touch(mode=0o600)
        path.write_bytes(text + chain)
        context.load_cert_chain(path, password=secret)
