"""Removes from the words of a voice note what a text may not hold, also where it was said in words.

People say a card number in pairs ("cuarenta y uno, once, once"), and what writes speech down may
leave it so. Pure, and it never raises.
"""

import re

from lola.safety.input.redaction import CARD_DATA, CREDENTIALS, Redacted, redact_never_kept
from lola.text.languages import LANGUAGES
from lola.text.number_words import ALSO, MARK, digits_for_words

# Of two readings of the same words the second joins the pairs.
_FIRST_READING = re.compile(rf"{MARK}[0-9.]{{1,40}}{ALSO}")
_READING = re.compile(rf"{MARK}[0-9.]{{1,40}}")


def redact_heard(text: str) -> Redacted:
    """Return the words that may be kept. Numbers become digits where that shows a secret."""
    plain = redact_never_kept(text)
    for language in LANGUAGES:
        read = redact_never_kept(_in_digits(text, language))
        if (set(read.found) - set(plain.found)) & (CARD_DATA | CREDENTIALS):
            return read
    return plain


def _in_digits(text: str, language: str) -> str:
    read = _FIRST_READING.sub(MARK, digits_for_words(text, language))
    return _READING.sub(lambda found: found.group().replace(".", ""), read).replace(MARK, "")
