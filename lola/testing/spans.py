"""Reads spans of time as testers write them: `90s`, `15m`, `1h`, `2d`."""

import re

_SPAN = re.compile(r"\+?(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def seconds_of(text: str) -> int | None:
    """Return the seconds of a span; None when the text is none."""
    matched = _SPAN.fullmatch(text)
    return None if matched is None else int(matched[1]) * _SECONDS[matched[2]]
