"""Puts the documented emoji of a payout method behind its first mention (reference/lola.md 7)."""

import re

_MENTIONS = (
    (
        "💸",
        (
            r"(?:retir\w+|cobr\w+|recog\w+|entreg\w+|pago) (?:el dinero |tu dinero )?en efectivo|"
            r"cash pick-?\s?up|pick(?:ed)? up (?:the |your )?cash"
        ),
    ),
    (
        "🏦",
        (
            r"(?:cuenta|dep[oó]sito|transferencia) bancari[ao]|cuenta de banco|"
            r"dep[oó]sito a cuenta|bank (?:account|deposit)"
        ),
    ),
    (
        "💳",
        (
            r"(?:pag\w+ con )?tarjeta de (?:d[eé]bito|cr[eé]dito)|pag\w+ con tarjeta|"
            r"(?:debit|credit) card|card payment|pay(?:ing)? (?:by|with) card"
        ),
    ),
)
_PATTERNS = tuple(
    (emoji, re.compile(rf"\b(?:{mention})\b", re.IGNORECASE)) for emoji, mention in _MENTIONS
)


def add_payout_emoji(text: str) -> str:
    """Return the text with each method's emoji, unless it has that emoji already."""
    for emoji, pattern in _PATTERNS:
        if emoji not in text:
            text = pattern.sub(rf"\g<0> {emoji}", text, count=1)
    return text
