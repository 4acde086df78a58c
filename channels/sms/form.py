"""Twilio's form bodies: kept whole for the signature, read leniently afterwards (channels.md 0.2).

Blank and repeated fields enter the signature, so neither may be lost on the way.
"""

from urllib.parse import parse_qsl

from multidict import MultiDict

from channels.door import header
from lola.channel import RawRequest
from lola.errors import MalformedPayloadError, SignatureError

HEADER = "X-Twilio-Signature"
MAX_FIELDS = 500


def fields(body: bytes) -> MultiDict[str]:
    """Answer all fields, blank and repeated ones too. Raises MalformedPayloadError."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise MalformedPayloadError(f"not a readable form: {type(error).__name__}") from None
    return MultiDict(pairs)


def check(request: RawRequest, public_url: str, token: str) -> None:
    """Raise SignatureError unless Twilio signed this form for this address. No token: refused.

    The address is the configured origin plus the raw target: what the server sees behind a proxy
    is not what Twilio signed (reference/channels.md 2.3).
    """
    from twilio.request_validator import RequestValidator

    given = header(request.headers, HEADER)
    try:
        valid = bool(token and given) and RequestValidator(token).validate(
            f"{public_url}{request.path}", fields(request.body), given
        )
    except (ValueError, MalformedPayloadError):
        valid = False
    if not valid:
        raise SignatureError("the Twilio signature is missing or wrong")
