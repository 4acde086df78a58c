"""The type of a file is read from its bytes (`lola.safety.input.file_types`)."""

import pytest

from lola.safety.input.file_types import AUDIO, UNKNOWN, agrees, seconds_of, type_of


def opus(position: int) -> bytes:
    """Return the first and the last page of an Ogg Opus stream that ends at a sample."""
    first = b"OggS\0\2" + bytes(22) + b"OpusHead" + bytes(11)
    return first + bytes(50) + b"OggS\0\4" + position.to_bytes(8, "little") + bytes(14)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (opus(0), "audio/ogg"),
        (b"ID3\4", "audio/mpeg"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"\xff\xf1\x50", "audio/aac"),
        (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        (b"\0\0\0\x20ftypisom", "video/mp4"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"%PDF-1.7", "application/pdf"),
        (b"MZ\x90", "application/x-executable"),
        (b"<html>", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_the_first_bytes_decide(data, found):
    """Each known kind is recognised, and text or nothing is unknown."""
    assert type_of(data) == found


def test_no_picture_or_program_is_sound():
    """What can hold no voice is not among the audio types."""
    assert AUDIO.isdisjoint({UNKNOWN, "image/jpeg", "application/pdf", "application/x-executable"})


@pytest.mark.parametrize(
    ("claimed", "found", "agreed"),
    [
        ("audio/ogg; codecs=opus", "audio/ogg", True),
        ("image/jpg", "image/jpeg", True),
        (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/zip",
            True,
        ),
        ("image/jpeg", "application/x-executable", False),
        ("application/pdf", "application/zip", False),
        ("image/jpeg", UNKNOWN, False),
    ],
)
def test_a_claim_is_compared_with_the_bytes(claimed, found, agreed):
    """Names of one container agree; a program that claims to be a picture does not."""
    assert agrees(claimed, found) is agreed


def test_the_length_of_a_recording():
    """Opus tells it; of what tells none, the most that the bytes can hold is assumed."""
    assert seconds_of(opus(96_000)) == pytest.approx(2.0)
    assert seconds_of(b"#!AMR" + bytes(5900)) > 9
    header = b"RIFF\0\0\0\0WAVEfmt " + bytes(12) + (16_000).to_bytes(4, "little")
    assert seconds_of(header + bytes(32_000)) == pytest.approx(2.0, abs=0.1)
