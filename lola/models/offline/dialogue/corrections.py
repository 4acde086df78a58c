"""Tells whether a message corrects the transfer whose secure link is out, and is no new one."""

from lola.domain.messages import JsonObject
from lola.models.offline.nlu.name_parts import PersonName
from lola.models.offline.nlu.names import corrected
from lola.models.offline.nlu.reading import Reading, read

CHANGING = ("instead", "modify", "no", "wait")
MAX_BARE_WORDS = 5


def is_correction(text: str, terms: JsonObject) -> bool:
    """Return whether a message changes a value of these terms, without beginning another one."""
    name = PersonName(
        first=str(terms.get("recipient_first_name", "")),
        last=str(terms.get("recipient_last_name", "")),
    )
    return any(_corrects(read(line), name) for line in filter(None, text.splitlines()))


def _corrects(reading: Reading, name: PersonName) -> bool:
    if reading.question or reading.has("cancel", "status", "resend_link", "complaint"):
        return False
    if corrected(reading.words, name) is not None:
        return True
    other = reading.name is not None and reading.has("send", "request")
    if other or reading.has("someone_else"):
        return False
    value = bool(reading.amount or reading.methods or reading.item or reading.countries)
    if reading.has(*CHANGING):
        return value or reading.has("modify")
    is_bare = len(reading.words) <= MAX_BARE_WORDS and not reading.has("send", "request")
    return bool(reading.amount) and is_bare and not (reading.name or reading.relation)
