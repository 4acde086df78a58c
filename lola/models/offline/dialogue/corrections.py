"""Tells whether a message corrects the transfer whose secure link is out, and is no new one."""

from lola.domain.messages import JsonObject
from lola.models.offline.nlu.name_parts import PersonName
from lola.models.offline.nlu.names import corrected
from lola.models.offline.nlu.reader import understand
from lola.models.offline.nlu.understanding import Understanding

CHANGING = ("instead", "modify", "no", "wait")
MAX_BARE_WORDS = 5


def is_correction(text: str, terms: JsonObject) -> bool:
    """Return whether a message changes a value of these terms, without beginning another one."""
    name = PersonName(
        first=str(terms.get("recipient_first_name", "")),
        last=str(terms.get("recipient_last_name", "")),
    )
    return any(_corrects(understand(line), name) for line in filter(None, text.splitlines()))


def _corrects(meaning: Understanding, name: PersonName) -> bool:
    if meaning.question or meaning.has("cancel", "status", "resend_link", "complaint"):
        return False
    if corrected(meaning.words, name) is not None:
        return True
    other = meaning.name is not None and meaning.has("send", "request")
    if other or meaning.has("someone_else"):
        return False
    value = bool(meaning.amount or meaning.methods or meaning.item or meaning.countries)
    if meaning.has(*CHANGING):
        return value or meaning.has("modify")
    is_bare = len(meaning.words) <= MAX_BARE_WORDS and not meaning.has("send", "request")
    return bool(meaning.amount) and is_bare and not (meaning.name or meaning.relation)
