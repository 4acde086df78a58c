"""Compares the phrases of the offline model with its classifier on texts of other authors.

The evaluation set was frozen before either was run on it and is never trained with.
"""

from collections.abc import Callable
from pathlib import Path

from lola.consent import reader as consent
from lola.models.offline.dialogue.main_intent import main_intent
from lola.models.offline.nlu.classifier import weights
from lola.models.offline.nlu.learned import heard
from lola.models.offline.nlu.reader import by_grammars, understand
from lola.models.offline.nlu.understanding import Understanding
from lola.text import assent
from lola.text.folding import fold
from training.intents.training import Row, read_rows

EVALUATION = Path(__file__).parent / "evaluation.jsonl"
# A passage answers these: the phrases tell them apart only by the passage that is found.
KNOWLEDGE = frozenset({"documents_needed", "times", "promotion", "how_it_works"})
MAIN = {
    "rules": "prompt_attack", "person": "person", "complaint": "complaint", "cancel": "give_up",
    "verify_me": "verify", "verification": "verify", "sign_up": "register",
    "add_card": "payment_methods", "resend_link": "link_again", "security": "security",
    "card_data": "card_data", "repeat": "quote", "save_person": "recipients",
    "edit_person": "recipients", "recipients": "recipients", "request_money": "request_money",
    "receipt": "history", "history": "history", "status": "status", "compare": "quote",
    "rate": "quote", "quote": "quote", "branches": "locations", "payers": "locations",
    "banks": "coverage", "methods": "coverage", "countries": "coverage", "how_to": "how_it_works",
    "limits": "limits", "payment_methods": "payment_methods", "robot": "robot",
    "speaks": "language", "off_topic": "off_topic",
}  # fmt: skip
WISHES = {"stop": "opt_out", "cancel": "give_up", "wrong_number": "wrong_number"}
# Of a line without a main intent, in the order in which the dialogue looks at them.
LOOSE = (
    ("frustration", "frustration"), ("goodbye", "goodbye"), ("wait", "wait"),
    ("thanks", "thanks"), ("unknown_value", "dont_know"), ("modify", "correct_fact"),
    ("instead", "correct_fact"), ("someone_else", "correct_fact"), ("retry", "resume"),
    ("send", "send"),
)  # fmt: skip


def by_phrases(text: str) -> frozenset[str]:
    """Return the labels that phrases and readers alone stand for; several only for passages."""
    return _labels(text, by_grammars(text))


def by_both(text: str) -> frozenset[str]:
    """Return the labels that the service goes by: grammars for opt-out, assent and refusal, then
    the classifier's label where it is heard, else the phrases.
    """
    if closed := _closed(text):
        return closed
    meaning, phrases = understand(text), by_grammars(text)
    labels = heard(phrases.intents, meaning.sentences, question=meaning.question)
    return frozenset(item.label for item in labels) or _labels(text, phrases)


def _closed(text: str) -> frozenset[str]:
    """Return the label of a text that a grammar covers whole; empty for any other."""
    wish = consent.read(text)
    if wish is not None and wish.kind in WISHES:
        return frozenset({WISHES[wish.kind]})
    agreed = assent.read(text)
    if agreed in {"yes", "no"}:
        return frozenset({"assent" if agreed == "yes" else "refusal"})
    return frozenset()


def _labels(text: str, meaning: Understanding) -> frozenset[str]:
    wish = consent.read(text)
    if wish is not None and wish.kind in WISHES:
        return frozenset({WISHES[wish.kind]})
    if (intent := main_intent(meaning, busy=False)) == "knowledge":
        return KNOWLEDGE
    if intent:
        return frozenset({MAIN[intent]})
    agreed = assent.read(text)
    if agreed in {"yes", "no"}:
        return frozenset({"assent" if agreed == "yes" else "refusal"})
    return frozenset({_loose(meaning)} - {""})


def _loose(meaning: Understanding) -> str:
    for name, label in LOOSE:
        if meaning.has(name):
            return label
    given = bool(meaning.amount), bool(meaning.name or meaning.relation)
    if all(given):
        return "send"
    if any(given) or meaning.countries or meaning.methods or meaning.number or meaning.city:
        return "give_fact"
    if meaning.has("yes", "confirm"):
        return "assent"
    if meaning.has("no"):
        return "refusal"
    if meaning.has("help"):
        return "how_it_works"
    return "greeting" if meaning.has("greeting") else ""


def by_classifier(text: str) -> frozenset[str]:
    """Return the classifier's likeliest label, however unsure it is."""
    return frozenset({weights().guesses(text)[0].label})


WAYS: tuple[tuple[str, Callable[[str], frozenset[str]]], ...] = (
    ("phrases", by_phrases),
    ("classifier", by_classifier),
    ("both, as in the service", by_both),
)


def share(rows: list[Row], way: Callable[[str], frozenset[str]]) -> float:
    """Return the share of rows whose label is among those that a way of meaning gives."""
    return sum(row.intent in way(row.text) for row in rows) / len(rows)


def unseen(rows: list[Row]) -> list[Row]:
    """Return the rows whose text is not in the training corpus as well, as short texts may be."""
    trained = {fold(row.text) for row in read_rows()}
    return [row for row in rows if fold(row.text) not in trained]


def compare(path: Path = EVALUATION) -> str:
    """Return a table: the share of right intents by way and language, and what said nothing.

    `unseen` are the texts that are not in the training corpus.
    """
    rows = read_rows(path)
    languages = [[row for row in rows if row.lang == lang] for lang in ("es", "en")]
    parts = [rows, *languages, unseen(rows)]
    lines = [f"{'':28}{'all':>8}{'es':>8}{'en':>8}{'unseen':>8}{'nothing':>9}"]
    for name, way in WAYS:
        shares = "".join(f"{share(part, way):8.3f}" for part in parts)
        lines.append(f"{name:28}{shares}{sum(not way(row.text) for row in rows):9}")
    return "\n".join(lines)
