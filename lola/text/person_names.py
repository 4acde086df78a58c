"""Names of people as they may be in a text that code writes.

A name is letters, marks, blanks, apostrophes, hyphens and full stops, so it can be no address, no
number and no markup, from sender, model and partner alike.
"""

import unicodedata

NAME_LIMIT = 60
_SIGNS = frozenset("'’-.")
_FOREIGN = frozenset("/\\@<>:|=#*_`[]{}&%$")
_READ = 4 * NAME_LIMIT


def person_name(text: str, limit: int = NAME_LIMIT) -> str:
    """Return a text as a name of at most `limit` characters; "" when no letter is in it.

    Other characters become blanks. A full stop is followed by one, so that none makes an address.
    """
    kept = "".join(letter if _is_part(letter) else " " for letter in text[:_READ])
    words = kept.replace(".", ". ").split()
    return " ".join(word for word in words if any(map(str.isalpha, word)))[:limit].rstrip()


def is_person_name(text: str) -> bool:
    """Return whether a text can be meant as a name: it has letters, no digits and no markup."""
    return bool(person_name(text)) and not any(
        letter.isdigit() or letter in _FOREIGN for letter in text
    )


def is_too_long(text: str) -> bool:
    """Return whether a name is longer than `person_name` keeps of it."""
    return len(person_name(text, _READ)) > NAME_LIMIT


def _is_part(letter: str) -> bool:
    return letter in _SIGNS or unicodedata.category(letter)[0] in "LM"
