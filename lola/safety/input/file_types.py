"""Reads what kind of file some bytes are, because the type that comes with a file is a claim.

Pure. It looks at the first bytes only and never opens, decodes or renders a file.
"""

from collections.abc import Callable

UNKNOWN = ""

# Where a signature is, the signature, and the type; a longer one comes before its beginning.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"fLaC", "audio/flac"),
    (8, b"WAVE", "audio/wav"),
    (8, b"WEBP", "image/webp"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
    (0, b"MZ", "application/x-executable"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
)
_MP4_BRANDS = {b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"heic": "image/heic"}
_MPEG_LAYERS = frozenset({0xE2, 0xE3, 0xF2, 0xF3, 0xFA, 0xFB})
_AAC_LAYERS = frozenset({0xF0, 0xF1, 0xF8, 0xF9})

# One container, several names; a box of MP4 or of WebM may hold sound alone.
_SAME: tuple[frozenset[str], ...] = (
    frozenset({"audio/ogg", "audio/opus", "application/ogg"}),
    frozenset({"audio/mpeg", "audio/mp3"}),
    frozenset({"audio/mp4", "audio/m4a", "audio/x-m4a", "audio/aac", "video/mp4", "video/3gpp",
               "audio/3gpp", "video/quicktime"}),
    frozenset({"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"}),
    frozenset({"video/webm", "audio/webm"}),
    frozenset({"image/jpeg", "image/jpg"}),
    frozenset({"image/heic", "image/heif"}),
)  # fmt: skip
_OFFICE = "application/vnd.openxmlformats-officedocument."

AUDIO = frozenset(
    {"audio/ogg", "audio/mpeg", "audio/amr", "audio/flac", "audio/wav", "audio/mp4", "audio/aac",
     "video/mp4", "video/webm"}
)  # fmt: skip
"""Types that can hold a voice note."""


def type_of(data: bytes) -> str:
    """Return the type that the first bytes show, UNKNOWN for none of the known ones."""
    for place, mark, found in _SIGNATURES:
        if data[place : place + len(mark)] == mark:
            return found
    for reader in _READERS:
        if found := reader(data):
            return found
    return UNKNOWN


def agrees(claimed: str, found: str) -> bool:
    """Return whether a claimed type may be what was found."""
    claimed = bare(claimed)
    if claimed == found or any({claimed, found} <= group for group in _SAME):
        return True
    return found == "application/zip" and claimed.startswith(_OFFICE)


def bare(mime: str) -> str:
    """Return a type without its parameters: `audio/ogg` of `audio/ogg; codecs=opus`."""
    return mime.partition(";")[0].strip().lower()


def _mp4(data: bytes) -> str:
    return _MP4_BRANDS.get(data[8:12], "video/mp4") if data[4:8] == b"ftyp" else UNKNOWN


def _frames(data: bytes) -> str:
    """Return the type of sound without a container, which begins with its first frame."""
    if len(data) < 2 or data[0] != 0xFF:
        return UNKNOWN
    if data[1] in _AAC_LAYERS:
        return "audio/aac"
    return "audio/mpeg" if data[1] in _MPEG_LAYERS else UNKNOWN


_READERS: tuple[Callable[[bytes], str], ...] = (_mp4, _frames)


# What a file that tells no length takes at least for a second of speech: AMR at its slowest.
_LEAST_BYTES_PER_SECOND = 590
_OPUS_RATE = 48_000
_NO_POSITION = 0xFFFF_FFFF_FFFF_FFFF


def seconds_of(data: bytes) -> float:
    """Return how long a recording is: told by its last page in Ogg, else the most it can be."""
    last = data.rfind(b"OggS") if data.startswith(b"OggS") else -1
    header = data[last : last + 14] if last >= 0 else b""
    if len(header) == 14 and b"OpusHead" in data[:64]:
        position = int.from_bytes(header[6:14], "little")
        if position != _NO_POSITION:
            return position / _OPUS_RATE
    if (
        data[8:12] == b"WAVE"
        and len(data) >= 32
        and (rate := int.from_bytes(data[28:32], "little"))
    ):
        return len(data) / rate
    return len(data) / _LEAST_BYTES_PER_SECOND
