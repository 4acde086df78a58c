"""Makes figures of matches: time stamps, dates, times, references and multiples."""

import re
from decimal import Decimal

from lola.safety.output.figure import Figure
from lola.safety.output.figure_patterns import AMOUNT_WITH_CODE, LIKE_A_REFERENCE
from lola.safety.output.figure_words import MONTHS
from lola.text.number_words import MARK

_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"\d")


def stamp_of(match: re.Match[str]) -> tuple[Figure, ...]:
    """Return the day and the time of a time stamp."""
    hours, minutes = map(int, match["time"].split(":"))
    return (
        Figure(kind="date", excerpt=match.group(), tokens=frozenset({match["day"]})),
        Figure(
            kind="time", excerpt=match.group(), values=frozenset({Decimal(hours * 60 + minutes)})
        ),
    )


def date_of(match: re.Match[str]) -> tuple[Figure, ...]:
    """Return a date with every day that it may be."""
    days: set[str] = set()
    if match["iso"]:
        days.add(match["iso"])
    elif match["a"]:
        year = match["y"] if len(match["y"]) == 4 else f"20{match['y']}"
        for day, month in ((match["a"], match["b"]), (match["b"], match["a"])):
            if int(month) <= 12 and int(day) <= 31:
                days.add(f"{year}-{int(month):02}-{int(day):02}")
    elif match["m3"]:
        days.add(f"{match['y3']}-{MONTHS[match['m3'].lower()]:02}-*")
    else:
        month = MONTHS[(match["m1"] or match["m2"]).lower()]
        day, year = match["d1"] or match["d2"], match["y1"] or match["y2"]
        days.add(f"{year or '*'}-{month:02}-{int(day):02}")
    if not days:
        return ()
    excerpt = match.group().replace(MARK, "").strip()
    return (Figure(kind="date", excerpt=excerpt, tokens=frozenset(days)),)


def time_of(match: re.Match[str]) -> tuple[Figure, ...]:
    """Return a time of the day, in the morning or the evening."""
    hours, minutes = (
        int(match["h"] or match["h2"] or match["h3"] or match["h4"]),
        int(match["m"] or 0),
    )
    half = (match["half"] or match["half2"] or "").lower()
    if part := match["part"] or match["part2"]:
        half = "a" if part.lower().startswith("ma") else "p"
    if hours > 24 or minutes > 59:
        return ()
    if half:
        hours = hours % 12 + (12 if half == "p" else 0)
    value = Decimal(hours * 60 + minutes)
    # "6:30" without am or pm may mean the evening.
    both = {value, value + 720} if not half and hours < 12 else {value}
    excerpt = match.group().replace(MARK, "").strip()
    return (Figure(kind="time", excerpt=excerpt, values=frozenset(both)),)


def reference_of(match: re.Match[str]) -> tuple[Figure, ...]:
    """Return a reference: letters and digits that are no amount."""
    word = match.group()
    # Checked here and not ahead in the pattern, which would read the same letters again for
    # each place where a reference could begin.
    if not (_LETTER.search(word) and _DIGIT.search(word)):
        return ()
    if AMOUNT_WITH_CODE.fullmatch(word) or not LIKE_A_REFERENCE.search(word):
        return ()
    return (Figure(kind="reference", excerpt=word, tokens=frozenset({word.casefold()})),)


def multiple_of(match: re.Match[str]) -> tuple[Figure, ...]:
    """Return a multiple or a part: “the double”, “half of”."""
    said = match.group().replace(MARK, "")
    return (Figure(kind="multiple", excerpt=said, tokens=frozenset({said.casefold()})),)
