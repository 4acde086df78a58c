"""Finds the approved passage that answers a question, to be said word for word.

The retriever found the passages; this picks the one that shares most words with the question, so
that a weak match is not given as an answer.
"""

import re
from collections.abc import Sequence

from lola.models.offline.dialogue.facts import Entry, rows_of
from lola.models.offline.dialogue.view import View
from lola.models.offline.nlu.places import find_methods
from lola.models.offline.nlu.text import keys_of, split
from lola.models.offline.response_texts import plain_words, shortened
from lola.text.folding import fold

STEM = 5
SEARCHED = ("documents_needed", "times", "promotion")
"""Labels with a question of their own to search with, in `responses/search.toml`."""
_SENTENCE = re.compile(r"(?<=[.!?]) +")


def looked_up(view: View) -> list[Entry]:
    """Search again with normalised words, for questions in slang or with typing slips."""
    asked = [meaning for meaning in view.state.meanings if meaning.words]
    plain = " ".join(word.key for meaning in asked for word in meaning.words)
    if not plain or plain in {fold(meaning.text) for meaning in asked}:
        return []
    return rows_of(view.call("search_help", question=plain), "passages")


def by_label(view: View) -> str:
    """Return the passage for what the classifier says a question is about; empty when none."""
    label = next((name for name in SEARCHED if view.is_about(name)), "")
    if not label:
        return ""
    question = view.texts(f"search.{label}")
    rows = rows_of(view.call("search_help", question=question), "passages")
    return fitting_passage(view, rows, question=question)


def fitting_passage(
    view: View, passages: Sequence[Entry], *, min_shared: int = 1, question: str = ""
) -> str:
    """Return the approved passage that shares most words with the question; empty when none.

    `question` stands for the sender's own words.
    """
    texts = [question] if question else [meaning.text for meaning in view.state.meanings]
    asked = {key[:STEM] for text in texts for key in _content(text)}
    best, heading = min_shared - 1, None
    for passage in passages:
        words = f"{passage.get('heading', '')} {passage.get('text', '')}"
        hits = len(asked & {key[:STEM] for key in _content(words)})
        if hits > best:
            best, heading = hits, passage.get("heading")
    return _under_heading(view, passages, heading)


def priced_row(view: View) -> str:
    """Return the approved row with a price for the country and method that were named, if any."""
    method, country = view.settled.get("payout_method"), view.country()
    for text in (str(passage.get("text", "")) for passage in view.passages):
        is_price = _is_row(text) and re.search(r": \d[\d.,]* USD$", text)
        if is_price and f": {country}\n" in text and method in find_methods(split(text)):
            return f"{plain_words(text)}."
    return ""


def _under_heading(view: View, passages: Sequence[Entry], heading: object) -> str:
    """Join what was found under one heading: a list is often split from its introduction."""
    if heading is None:
        return ""
    texts = [str(row.get("text", "")) for row in passages if row.get("heading") == heading]
    said = [plain_words(text) for text in sorted(_on_method(view, texts), key=_is_row)]
    return shortened("\n".join(said))


def _on_method(view: View, texts: list[str]) -> list[str]:
    """Keep what is said about the payout method in question and leave out other methods."""
    asked = {method for meaning in view.state.meanings for method in meaning.methods}
    method = next(iter(asked)) if len(asked) == 1 else view.settled.get("payout_method")
    if not method or len(asked) > 1:
        return texts
    rows = [text for text in texts if _is_row(text) and method in _methods_in(text)]
    others = [text for text in texts if not (_is_row(text) and _methods_in(text))]
    return rows[:1] or [_sentences_on(method, text) for text in others] or texts


def _sentences_on(method: str, text: str) -> str:
    """Leave out sentences on other payout methods when a text compares several."""
    named = {part: find_methods(split(part)) for part in _SENTENCE.split(text)}
    compared = {found for found in named.values() if found}
    if _is_row(text) or len(compared) < 2 or not any(method in found for found in compared):
        return text
    return " ".join(part for part, found in named.items() if not found or method in found)


def _methods_in(row: str) -> tuple[str, ...]:
    return find_methods(split(row.splitlines()[0].partition(": ")[2]))


def _is_row(text: str) -> bool:
    return text.lstrip().startswith(("|", "-")) or len(text.splitlines()) > 1


def _content(text: str) -> set[str]:
    """Return the words that carry meaning: long ones, without question words."""
    return {key for key in keys_of(text) if len(key) > 3 and key not in _EMPTY}


_EMPTY = frozenset(
    {"para", "como", "cuando", "cuanto", "donde", "quien", "cual", "porque", "puedo", "puede",
     "tengo", "tiene", "tienen", "necesito", "quiero", "esta", "este", "esto", "hola", "dinero",
     "enviar", "envio", "mandar", "what", "when", "where", "which", "does", "have", "need", "want",
     "with", "this", "that", "your", "money", "send", "from", "will", "would", "please", "gracias",
     "mismo", "misma", "same", "hacer", "sobre", "algo", "favor", "desde", "hasta", "pero",
     "ustedes"}
)  # fmt: skip
