"""Compares the phrases of the offline model with its classifier on texts of other authors.

The evaluation set was frozen before either was run on it and is never trained with.
"""

from collections.abc import Callable
from pathlib import Path

from lola.consent import reader as consent
from lola.models.offline.dialogue.main_intent import main_intent
from lola.models.offline.nlu.classifier import weights
from lola.models.offline.nlu.reading import Reading, read, read_by_rules
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
    return _labels(text, read_by_rules(text))


def by_both(text: str) -> frozenset[str]:
    """Return the labels of the service: phrases, with the classifier beside them."""
    return _labels(text, read(text))


def _labels(text: str, reading: Reading) -> frozenset[str]:
    wish = consent.read(text)
    if wish is not None and wish.kind in WISHES:
        return frozenset({WISHES[wish.kind]})
    if (intent := main_intent(reading, busy=False)) == "knowledge":
        return KNOWLEDGE
    if intent:
        return frozenset({MAIN[intent]})
    agreed = assent.read(text)
    if agreed in {"yes", "no"}:
        return frozenset({"assent" if agreed == "yes" else "refusal"})
    return frozenset({_loose(reading)} - {""})


def _loose(reading: Reading) -> str:
    for name, label in LOOSE:
        if reading.has(name):
            return label
    given = bool(reading.amount), bool(reading.name or reading.relation)
    if all(given):
        return "send"
    if any(given) or reading.countries or reading.methods or reading.number or reading.city:
        return "give_fact"
    if reading.has("yes", "confirm"):
        return "assent"
    if reading.has("no"):
        return "refusal"
    if reading.has("help"):
        return "how_it_works"
    return "greeting" if reading.has("greeting") else ""


def by_classifier(text: str) -> frozenset[str]:
    """Return the classifier's likeliest label, however unsure it is."""
    return frozenset({weights().guesses(text)[0].label})


WAYS: tuple[tuple[str, Callable[[str], frozenset[str]]], ...] = (
    ("phrases", by_phrases),
    ("classifier", by_classifier),
    ("both, as in the service", by_both),
)


def share(rows: list[Row], way: Callable[[str], frozenset[str]]) -> float:
    """Return the share of rows whose label is among those that a way of reading gives."""
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
