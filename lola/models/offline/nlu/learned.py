"""Where the classifier is heard beside the phrases: the specific phrase before the general guess.

A line in which phrases and readers found nothing takes any guess. One in which they found a wish
keeps it, unless the classifier is nearly certain of another one. `lexicon/learned.toml` has which
phrases it never replaces. An assent and the values of a transfer are never guessed.
"""

from lola.models.offline.lexicon import table
from lola.models.offline.nlu.classifier import guess

SURE = 0.9
"""Enough to say that a phrase was misleading, or that a question is about transfers at all."""
_TABLE = table("learned")
MEANINGS: dict[str, list[str]] = _TABLE["meanings"]
KEPT = frozenset(_TABLE["phrases"]["kept"])
BESIDE = frozenset(_TABLE["phrases"]["beside"])
NEVER_ASKED = frozenset(_TABLE["phrases"]["never_asked"])
WISHES = frozenset(name for names in MEANINGS.values() for name in names) - BESIDE


def with_guess(
    text: str, intents: frozenset[str], *, question: bool, nothing: bool
) -> frozenset[str]:
    """Return the intents of a line, with what the classifier adds or replaces.

    `nothing`: neither a phrase nor a value was found in it.
    """
    found = guess(text)
    if found is None or intents & KEPT:
        return intents
    agreeing = MEANINGS.get(found.label, [])
    if not agreeing or intents & frozenset(agreeing):
        return intents
    if question and agreeing[0] in NEVER_ASKED:
        return intents
    ours = nothing and (not question or "trade" in intents)
    if not ours and found.confidence < SURE:
        return intents
    return (intents - WISHES) | {agreeing[0]}
