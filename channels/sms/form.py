"""Reads Twilio's form bodies and checks their signature (reference/channels.md 0.2).

Blank and repeated fields are part of what is signed, so neither may be lost.
"""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from multidict import MultiDict

from channels.incoming import header
from channels.sms.accounts import Accounts
from lola.channel.contract import RawRequest
from lola.errors import MalformedPayloadError, SignatureError

HEADER = "X-Twilio-Signature"
SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"
BODY_HASH = "bodySHA256="
MAX_FIELDS = 500


def fields(body: bytes) -> MultiDict[str]:
    """Return all fields, blank and repeated ones too. Raises MalformedPayloadError."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise MalformedPayloadError(f"not a readable form: {type(error).__name__}") from None
    return MultiDict(pairs)


def check(
    request: RawRequest, public_url: str, accounts: Accounts, shared_keys: Sequence[str] = ()
) -> None:
    """Raise SignatureError unless Twilio signed this request for this address with a known token.

    The address is the configured origin plus the raw target: what the server sees behind a proxy
    is not what Twilio signed. A form is signed with its fields, anything else by the digest of the
    body in the address. The algorithm comes in an unsigned header, so each has its own secret: an
    account's token for SHA-1, one of `shared_keys` for SHA-256 (reference/channels.md 2.3).
    """
    from twilio.request_validator import (
        HMAC_SHA1,
        HMAC_SHA256,
        RequestValidator,
        get_signature_algorithm,
    )

    given = header(request.headers, HEADER)
    algorithm = get_signature_algorithm(header(request.headers, SETTINGS_HEADER)).upper()
    try:
        signed = _signed(request)
        sid = signed.get("AccountSid", "") if isinstance(signed, MultiDict) else ""
        secrets = {HMAC_SHA1: accounts.tokens(sid), HMAC_SHA256: shared_keys}.get(algorithm, ())
        valid = bool(given) and any(
            RequestValidator(secret).validate(
                f"{public_url}{request.path}", signed, given, algorithm
            )
            for secret in secrets
            if secret
        )
    except (ValueError, MalformedPayloadError):
        valid = False
    if not valid:
        raise SignatureError("the Twilio signature is missing or wrong")


def _signed(request: RawRequest) -> MultiDict[str] | str:
    if BODY_HASH in request.path.partition("?")[2]:
        return request.body.decode()
    return fields(request.body)
