"""The `/` commands of `lola chat`: their names, their arguments, and what each line means."""

from difflib import get_close_matches
from zlib import crc32

from lola.cli.chat.client import ChatError
from lola.testing.spans import seconds_of
from lola.text.phone_numbers import canonical

HELP: dict[str, tuple[str, str]] = {
    "as": ("NAME or NUMBER", "write as another sender; a new name gets a number of its own"),
    "channel": ("NAME", "write on another channel"),
    "say": ("TEXT", "write a text that is a number or begins with /"),
    "image": ("[CAPTION]", "send a picture"),
    "contact": ("NAME NUMBER", "share a contact card"),
    "place": ("[LATITUDE LONGITUDE]", "send a place"),
    "many": ("TEXT | TEXT …", "write several messages at once"),
    "open": ("", "open the newest link, as the sender would"),
    "approve": ("", "complete the secure page of the newest link and approve"),
    "cancel": ("", "cancel on the secure page of the newest link"),
    "finish": ("", "complete the page of a link that is for no transfer"),
    "clock": ("+1h", "move the sandbox's clock: s, m, h or d"),
    "verdict": ("VERDICT", "set what PayHub knows of the sender: passed, pending, blocked, broken"),
    "fault": ("PARTNER FAULT [TIMES]", "let m2m or payhub fail: 500, 404, garbage, timeout"),
    "wait": ("[SECONDS]", "wait for a message that comes by itself; 10 seconds at most by default"),
    "trace": ("", "show how the last turn was made"),
    "save": ("FILE", "write what was done so far as a scenario file"),
    "help": ("", "list these commands"),
    "quit": ("", "end the chat"),
}
KNOWN: dict[str, str] = {
    "verified": "+15550100001",
    "blocked": "+15550100002",
    "pending": "+15550100003",
    "broken": "+15550100009",
}
"""Senders that the sandbox knows from the start."""
NEW_SENDERS = "+155501"


def split(line: str) -> tuple[str, str]:
    """Return a line's command and the rest; the command is "" for a message.

    Raises ChatError for an unknown command, with the one that was probably meant.
    """
    if not line.startswith("/"):
        return "", line
    name, _, rest = line[1:].partition(" ")
    if name not in HELP:
        near = get_close_matches(name, HELP, n=1)
        raise ChatError(f"no command /{name}" + (f"; did you mean /{near[0]}?" if near else ""))
    usage = HELP[name][0]
    if usage and not usage.startswith("[") and not rest.strip():
        raise ChatError(f"write /{name} {usage}")
    return name, rest.strip()


def number_of(name: str) -> str:
    """Return a sender's number: the one given, a known sender's, or one made from the name."""
    if name.lower() in KNOWN:
        return KNOWN[name.lower()]
    if any(sign.isdigit() for sign in name):
        if (number := canonical(name)) is None:
            raise ChatError(f"{name!r} is not a telephone number; write it as +15550100001")
        return number
    return f"{NEW_SENDERS}{10_000 + crc32(name.lower().encode()) % 90_000}"


def span(text: str) -> int:
    """Return the seconds of a span such as `+1h`. Raises ChatError."""
    seconds = seconds_of(text)
    if seconds is None:
        raise ChatError(f"{text!r} is not a span of time such as +90s, +15m, +1h or +2d")
    return seconds


def contact(rest: str) -> dict[str, str]:
    """Return the card of `NAME NUMBER`. Raises ChatError."""
    name, _, raw = rest.rpartition(" ")
    number = canonical(raw)
    if number is None or not name.strip():
        raise ChatError("write /contact NAME NUMBER, such as /contact Rosa +50255501234")
    return {"name": name.strip(), "phone": number}


def place(rest: str) -> dict[str, float]:
    """Return the coordinates of `LATITUDE LONGITUDE`, none for "". Raises ChatError."""
    if not rest:
        return {}
    try:
        latitude, longitude = map(float, rest.replace(",", " ").split())
    except ValueError:
        raise ChatError("write /place LATITUDE LONGITUDE, such as /place 14.63 -90.51") from None
    return {"latitude": latitude, "longitude": longitude}
