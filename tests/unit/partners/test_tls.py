"""Mutual TLS over a real socket: the certificate is presented, as PEM and as PKCS#12."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from lola.errors import ConfigurationError, PartnerUnavailableError
from lola.partners.payhub import PayhubApi, PayhubRequests
from lola.partners.tls import client_context

PASSWORD = "s3cret-of-the-file"
SETTING = "RAAS_CLIENT_CERTIFICATE"


def certificate(name):
    """Return a key and its certificate, valid for loopback, which signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, SHA256())
    )
    return key, built


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The server's and the client's certificates in files of each form."""
    folder = tmp_path_factory.mktemp("tls")
    locked = BestAvailableEncryption(PASSWORD.encode())
    for name in ("server", "client"):
        key, built = certificate(name)
        public = built.public_bytes(Encoding.PEM)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
        (folder / f"{name}.crt").write_bytes(public)
        (folder / f"{name}.pem").write_bytes(private + public)
        p12 = serialize_key_and_certificates(name.encode(), key, built, None, locked)
        (folder / f"{name}.p12").write_bytes(p12)
    return folder


@pytest.fixture
async def address(files):
    """A partner that answers only clients with the certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=files / "client.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(files / "server.pem", password=PASSWORD)

    async def contacts(request):
        return web.json_response([])

    app = web.Application()
    app.router.add_get("/user/contacts/u", contacts)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def api(http, address, context, sleep):
    requests = PayhubRequests(
        http, base_url=address, api_key="k", timeout=20, ssl_context=context, sleep=sleep
    )
    return PayhubApi(requests)


@pytest.mark.parametrize("name", ["client.pem", "client.p12"])
async def test_the_certificate_is_presented(files, address, http, sleep, name):
    """The server that demands one takes it in both forms (reference/raas.md 2.1)."""
    context = client_context(
        str(files / name), PASSWORD, setting=SETTING, trusted=str(files / "server.crt")
    )
    assert await api(http, address, context, sleep).contacts("u") == []


async def test_without_it_there_is_no_answer(files, address, http, sleep):
    """No certificate, and an unknown server, are outages."""
    trusting = ssl.create_default_context(cafile=files / "server.crt")
    with pytest.raises(PartnerUnavailableError):
        await api(http, address, trusting, sleep).contacts("u")
    context = client_context(str(files / "client.pem"), PASSWORD, setting=SETTING)
    with pytest.raises(PartnerUnavailableError):
        await api(http, address, context, sleep).contacts("u")


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("client.pem", "wrong"),
        ("client.pem", ""),
        ("client.p12", "wrong"),
        ("client.p12", ""),
        ("client.crt", PASSWORD),
        ("none.pem", PASSWORD),
        ("none.p12", PASSWORD),
    ],
)
def test_an_unusable_file_is_named_by_its_setting(files, name, password):
    """The start fails with the setting, and shows nothing of the password."""
    with pytest.raises(ConfigurationError, match=SETTING) as caught:
        client_context(str(files / name), password, setting=SETTING)
    assert PASSWORD not in str(caught.value)


def test_no_file_is_no_context():
    """Without the setting TLS is as usual."""
    assert client_context("", "", setting=SETTING) is None
