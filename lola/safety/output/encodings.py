"""Undoes the encodings that a model can do by itself: base64, hex, character codes, reversal, leet.

For detectors only. Everything is bounded by the text's length, and nothing raises.
"""

import base64
import binascii
import re
from collections.abc import Iterator

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}")
_BASE32 = re.compile(r"[A-Za-z2-7]{24,}")
_HEX = re.compile(r"[0-9A-Fa-f]{16,}")
_HEX_MARKS = re.compile(r"0x|\\x|\\u00|&#x|[%\s:,;\-]")
_CODES = re.compile(r"(?<!\d)\d{2,3}(?!\d)")
_BITS = re.compile(r"(?<!\d)[01]{7,8}(?!\d)")
_LEAST_CODES = 12
_ENDS_64 = (0, 2, 3)
_ENDS_32 = (0, 2, 4, 5, 7)
"""Characters that a last group of base64 or base32 may have."""
_LEET = str.maketrans("013457@$!|", "oieastasii")
_LEET_L = str.maketrans("1!|", "lll")


def decoded(text: str) -> Iterator[str]:
    """Yield what parts of the text say as base64, base32, hex, decimal and binary codes."""
    solid = re.sub(r"\s", "", text)
    for match in _BASE64.finditer(solid):
        run = match.group().replace("-", "+").replace("_", "/")
        # What is written right before it may be taken for its beginning.
        for offset in range(4):
            yield _text(_from_base64(run[offset:]))
    for match in _BASE32.finditer(solid):
        run = match.group()
        yield _text(_from_base32(run))
    for match in _HEX.finditer(_HEX_MARKS.sub("", text)):
        for offset in range(2):
            run = match.group()[offset:]
            yield _text(bytes.fromhex(run[: len(run) // 2 * 2]))
    codes = [int(code) for code in _CODES.findall(text)]
    bits = [int(code, 2) for code in _BITS.findall(text)]
    for found in (codes, bits):
        if len(found) >= _LEAST_CODES:
            yield "".join(chr(code) for code in found if 32 <= code < 256)


def _from_base64(run: str) -> bytes:
    try:
        return base64.b64decode(_padded(run, 4, _ENDS_64))
    except (binascii.Error, ValueError):
        return b""


def _from_base32(run: str) -> bytes:
    try:
        return base64.b32decode(_padded(run.upper(), 8, _ENDS_32))
    except (binascii.Error, ValueError):
        return b""


def _padded(run: str, size: int, ends: tuple[int, ...]) -> str:
    """Return a run that is complete: its last group is filled up, or cut where nothing fits it."""
    left = len(run) % size
    kept = max(end for end in ends if end <= left)
    run = run[: len(run) - left + kept]
    return run + "=" * (-len(run) % size)


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="ignore")


def without_leet(text: str) -> tuple[str, str]:
    """Return the text with look-alike digits as letters; 1 may be an i or an l."""
    return text.translate(_LEET), text.translate(_LEET_L).translate(_LEET)
