"""Numbers in digits with the separators of either style: `1,234.56`, `1.234,56`, `1'500`."""

import re
from decimal import Decimal


def readings(written: str) -> frozenset[Decimal]:
    """Return every value that a written number may have in Spanish or English."""
    plain = re.sub(r"[ '’]", "", written)
    marks = [letter for letter in plain if letter in ".,"]
    if not marks:
        return frozenset({Decimal(plain)})
    whole, decimals = re.split(r"[.,](?=\d*$)", plain)
    found: set[Decimal] = set()
    if _is_grouped(whole, other_than=marks[-1]):
        found.add(Decimal(f"{re.sub(r'[.,]', '', whole)}.{decimals}"))
    if len(set(marks)) == 1 and _is_grouped(plain, other_than="") and not plain.startswith("0"):
        found.add(Decimal(re.sub(r"[.,]", "", plain)))
    return frozenset(found)


def _is_grouped(digits: str, *, other_than: str) -> bool:
    """Return whether it has no separators, or groups of three separated by one kind of mark."""
    marks = {letter for letter in digits if letter in ".,"}
    if not marks:
        return True
    mark = next(iter(marks))
    pattern = rf"\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+"
    return len(marks) == 1 and mark != other_than and bool(re.fullmatch(pattern, digits))
