"""Finds what opens something: one-time codes, PINs, passwords, keys of programs.

A code or a password counts behind its name only; a key by its published beginning. Codes that a
transfer needs (pickup, postal, tracking, area codes) stay. Pure and linear.
"""

import re
from collections.abc import Iterator

from lola.safety.input.spans import Span, of_matches
from lola.text.number_table import DIGITS

CODE_MARK = "[code ••••]"
PASSWORD_MARK = "[password ••••]"  # noqa: S105 - a placeholder
SECRET_MARK = "[secret ••••]"  # noqa: S105 - a placeholder

_FILL = (
    r"(?:[^\w\[\]•]|\b(?:de|del|la|el|mi|es|son|is|are|the|my|que|me|lleg[oó]|mandaron|enviaron|por|"
    r"sms|mensaje|texto|verificaci[oó]n|seguridad|acceso|confirmaci[oó]n|un|una|uso|solo|[uú]nico|"
    r"temporal|was|i|got|you|sent|it|your|su|tu|banco|cajero|app|verification|security|"
    r"access|login|bank)\b){1,16}?"
)
_WORD = rf"(?:{'|'.join(DIGITS)})"
_VALUE = (
    r"(?:[0-9](?:[ .\-]?[0-9]){3,7}(?![0-9]|[.,/:\-][0-9])|"
    rf"{_WORD}(?:[ ,]{{1,2}}{_WORD}){{3,7}}\b)"
)
_CODE_WORD = r"(?<![^\W\d_])(?:c[oó]digo|code|passcode|pin|nip|otp|token|clave|2fa|mfa)(?![^\W\d_])"
_CODE = re.compile(rf"{_CODE_WORD}{_FILL}(?P<value>{_VALUE})", re.IGNORECASE)
_CODE_BEFORE = re.compile(
    rf"(?<![0-9.,/:\-•])(?P<value>[0-9]{{4,8}})(?=(?:[^\w\[\]•]|\b(?:es|is|el|mi|the|my)\b){{1,6}}{_CODE_WORD}"
    r"(?!\s{1,3}(?:postal|de\s(?:retiro|rastreo|[aá]rea|pa[ií]s))))",
    re.IGNORECASE,
)
_PASSWORD = re.compile(
    r"(?<![^\W\d_])(?:contrase(?:ñ|n|ni)a|password|passphrase|passwd|pwd|clave\sde\s(?:acceso|internet|"
    r"la\sapp|mi\s(?:app|banco|cuenta))|palabra\ssecreta)(?![^\W\d_])"
    r"(?:\s(?:de|del|la|mi|el|app|banco|cuenta|correo|for|my|to|the|account|bank|email)){0,5}"
    r"(?:\s{0,2}[:=]\s{0,2}|\s(?:es|is|era|was)\s{0,2}:?\s{0,2})"
    r"(?P<value>(?!(?:la|el|muy|mi|una?|otra?|incorrect[ao]?|correct[ao]?|inv[aá]lid[ao]|"
    r"v[aá]lid[ao]|wrong|not|my|the|an?|no|demasiado|too|invalid|right|obligatori[ao]|required|"
    r"for|para|necesari[ao]|segur[ao]|nuev[ao]|new|same|as[ií])(?![^\W\d_]))[^\s\[\]•]{4,64})",
    re.IGNORECASE,
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----(?:(?!-----END)[\s\S]){0,8000}"
    r"(?:-----END [A-Z ]{0,20}KEY-----)?"
)
_KEY = re.compile(
    r"(?<![A-Za-z0-9_])(?:sk[-_](?:live_|test_|proj-|ant-)?[A-Za-z0-9_\-]{16,200}|"
    r"(?:pk|rk)_(?:live|test)_[A-Za-z0-9]{8,200}|AIza[A-Za-z0-9_\-]{20,80}|EAA[A-Za-z0-9]{20,400}|"
    r"gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}|xox[abprs]-[A-Za-z0-9\-]{10,255}|"
    r"(?:AKIA|ASIA)[A-Z0-9]{16}|whsec_[A-Za-z0-9+/=]{16,200}|m2m_(?:live|test)_[A-Za-z0-9]{8,200}|"
    r"glpat-[A-Za-z0-9_\-]{16,100}|eyJ[A-Za-z0-9_\-]{8,2000}\.[A-Za-z0-9_\-]{8,4000}(?:\.[A-Za-z0-9_\-]{0,1000})?)"
)
_BEARER = re.compile(
    r"(?<![A-Za-z0-9])(?:bearer|basic)\s{1,3}(?P<value>(?=[A-Za-z._~+/=\-]{0,40}[0-9])[A-Za-z0-9._~+/=\-]{16,2000})",
    re.IGNORECASE,
)
_NAMED_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:api[ _-]?key|secret[ _-]?key|access[ _-]?key|access[ _-]?token|"
    r"auth[ _-]?token|client[ _-]?secret|llave\s(?:de\s(?:la\s)?)?api|clave\s(?:de\s(?:la\s)?)?api)"
    r"(?:\s(?:es|is))?\s{0,2}[:=]?\s{0,2}(?P<value>[A-Za-z0-9_\-./+=]{12,500})",
    re.IGNORECASE,
)


def find_codes(text: str) -> Iterator[Span]:
    """Yield one-time codes and PINs beside their name."""
    for pattern in (_CODE, _CODE_BEFORE):
        yield from of_matches(pattern.finditer(text), CODE_MARK, "value")


def find_passwords(text: str) -> Iterator[Span]:
    """Yield passwords that are said."""
    yield from of_matches(_PASSWORD.finditer(text), PASSWORD_MARK, "value")


def find_secrets(text: str) -> Iterator[Span]:
    """Yield keys and tokens of programs."""
    for pattern, group in ((_PRIVATE_KEY, 0), (_KEY, 0), (_BEARER, "value"), (_NAMED_KEY, "value")):
        yield from of_matches(pattern.finditer(text), SECRET_MARK, group)
