"""What the words around a figure make of it: its role, its payout method, and how it is said.

Bounded pieces of text only, so that a sentence full of figures is not read again for each of them.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from lola.safety.output.figure_words import (
    ARRIVAL,
    BEFORE,
    BEHIND,
    COPULA,
    EVERY_METHOD,
    EXCLUDED,
    METHODS,
    MIXED,
    Role,
)

MOST_BEFORE = 120
"""Characters in front of a figure in which words that name it are looked for."""
MOST_AFTER = 80
_CLAUSE_END = re.compile(r"[;!?\n]|\.(?=\s|$)")
_SENTENCE_END = re.compile(r"[;!?\n]+|\.(?=\s|$)")

_ROLE = re.compile(
    "|".join(rf"(?P<{role}>\b(?:{names})\b)" for role, names in BEFORE), re.IGNORECASE
)
_PER_DOLLAR = re.compile(
    r"\b(?:por|cada|per|(?:for )?(?:every|each))\s(?:cada\s|un\s|one\s)?(?:d[oó]lar|dollar|USD)\b",
    re.IGNORECASE,
)
_TIGHT = re.compile(
    r"\s{0,2}(?:" + "|".join(rf"(?P<{role}>(?:{names}))" for role, names in BEHIND) + r")\b(?!:)",
    re.IGNORECASE,
)
_IS_THE = re.compile(
    rf"\s{{0,2}}{COPULA}\s(?:(?:exactly|just|exactamente|justo)\s)?"
    r"(?:the|your|his|her|el|la|los|las|lo|su|tu)\s(?:\w+\s){0,2}?(?:"
    + "|".join(rf"(?P<{role}>(?:{names}))" for role, names in BEFORE)
    + r")\b",
    re.IGNORECASE,
)
_SUBJECTS = r"(?:(?:usted|ella|ellos|[eé]l|he|she|you|they|le|les|te|se)\s){0,2}"
_VERBS = "|".join(
    rf"(?P<{role}>(?:{names}))" for role, names in BEFORE if role in {"receive", "send"}
)
_VERB_BEHIND = re.compile(
    rf"\s{{0,2}}{_SUBJECTS}(?:{_VERBS})\b(?:\s[^\W\d]+){{0,3}}\s{{0,2}}(?P<end>,|\Z)", re.IGNORECASE
)
_CONDITION_FIRST = re.compile(r"\W{0,6}(?:si|if|cuando|when)\b[^,]{0,120},", re.IGNORECASE)
_PER_DAY = re.compile(
    r"\b(?:al d[ií]a|por d[ií]a|diari[oa]s?|a day|per day|daily)\b", re.IGNORECASE
)
_PLUS = re.compile(r"\s{0,2}(?:m[aá]s|plus|\+|y|and)(?!\w)", re.IGNORECASE)
_ARRIVES = re.compile(rf"\b{ARRIVAL}\b", re.IGNORECASE)
_METHOD = re.compile(
    rf"\b(?P<no>{EXCLUDED}\s)?(?:"
    + "|".join(rf"(?P<{method}>{names})" for method, names in METHODS.items())
    + r")\b",
    re.IGNORECASE,
)
_METHOD_BEHIND = re.compile(
    rf"\s{{0,2}}(?:{COPULA}\s)?(?:por|en|for|in|by|para|con|via|if|si|a)\s[^,.;:]{{0,60}}",
    re.IGNORECASE,
)
_EVERY = re.compile(rf"\b{EVERY_METHOD}\b", re.IGNORECASE)

_AFFIRMS = re.compile(
    r"\W{0,6}(?:s[ií]|claro|as[ií] es|exact\w+|correct\w*|cierto|efectivamente|por supuesto|yes|"
    r"yeah|yep|right|that's right|sure|of course|absolutely|indeed)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:si|if|para|cuando|when|unless|in case|en caso|for \w{1,20} to)\b", re.IGNORECASE
)
ATTRIBUTION = re.compile(
    r"\b(?:(?:me |le |te |les )?(?:dij\w+|dice[ns]?|dec[ií]a|hayan|ofrec\w+|promet\w+|"
    r"mencion\w+|coment\w+)"
    r"|seg[uú]n|quier[ea]s?|quer[ií]as?|desea\w*|necesit\w+|pid(?:e|es|i[oó])|pidieron|"
    r"escribi\w+|pensab\w+|piensa\w*|cre[eií]\w*|esperab\w+"
    r"|(?:you|they|he|she|someone)(?:'ve)? (?:said|say|told|want\w*|mention\w*|ask\w*|wrote|"
    r"thought|think|need\w*|heard|quoted|expect\w*|have in mind|were|had|would like|saw|read)"
    r"|(?:lamento|siento) (?:mucho )?(?:que|lo de)|sorry (?:that )?(?:they|you|about|to hear)"
    r"|you'd like|needs?|wants?|(?:friend|cousin|brother|sister|neighbou?r|mother|mom|boss)'s)\b",
    re.IGNORECASE,
)
_WAITED = re.compile(
    r"\b(?:lle(?:va[sn]?|ve[sn]?|vaba[sn]?)|esperando|esper(?:ó|aste|ado)|desde hace|hace|"
    r"(?:lo|la|te|le) espero|take (?:your|the)|waiting|waited|been|went|gone|ago)\b",
    re.IGNORECASE,
)
_OWNED = re.compile(r"\b(?:tengo|traigo|tiene[s]?|trae[s]?|have|has|got)\s(?:solo |just |only )?\Z")
_DENIED_BEFORE = re.compile(
    r"(?:\b(?:no|nunca|tampoco|ni|sin)\s(?!m[aá]s\b|menos\b|solo\b|s[oó]lo\b|solamente\b)"
    r"(?:(?:es|son|era|eran|ser\w+|tengo|veo|encuentro|aparece\w*|pued\w+|podr\w+|hay|est[aá]|va|me|le|se)\b"
    r"[^,.;:]{0,60}|(?:\w+\s){1,2})?|\b(?:not|never)\s(?!more\b|less\b|only\b|just\b)[^,.;:]{0,60}"
    r"|n['’]t\s[^,.;:]{0,60})\Z",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"\s{0,2}(?:no\b(?!,)|not\b|wouldn|isn|won't|can't|doesn|is not|are not|is too|es demasiado)",
    re.IGNORECASE,
)
_ASSERTED = re.compile(
    r"(?:\b(?:es|son|ser[ií]an?|ser[aá]n?|est[aá]|quedan?|sale|cuesta|is|are|would be|will be)"
    r"|['’]s)\s(?:de |en |a |como |just |only |solo |about ){0,3}\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a sentence says its figures."""

    is_question: bool = False
    affirms: bool = False
    is_condition: bool = False
    is_attributed: bool = False
    for_every_method: bool = False


PLAIN = Said()


class Sentences:
    """The sentences of one text, each read once."""

    def __init__(self, text: str) -> None:
        self._starts: list[int] = []
        self._said: list[Said] = []
        start = 0
        for end, closes in self._ends(text):
            self._starts.append(start)
            self._said.append(_said(text[start:end], closes))
            start = end

    @staticmethod
    def _ends(text: str) -> Iterator[tuple[int, str]]:
        for match in _SENTENCE_END.finditer(text):
            yield match.end(), match.group()
        yield len(text), ""

    def at(self, position: int) -> Said:
        """Return how the sentence around a position speaks."""
        return self._said[bisect_right(self._starts, position) - 1]


def _said(sentence: str, closes: str) -> Said:
    return Said(
        is_question="?" in closes or "¿" in sentence,
        affirms=_AFFIRMS.match(sentence) is not None,
        is_condition=_CONDITION.search(sentence) is not None,
        is_attributed=ATTRIBUTION.search(sentence) is not None,
        for_every_method=_EVERY.search(sentence) is not None,
    )


def before_of(text: str, start: int, previous: int) -> str:
    """Return the text in front of a figure, back to the last figure or the clause's beginning."""
    return _CLAUSE_END.split(text[max(previous, start - MOST_BEFORE) : start])[-1]


def after_of(text: str, end: int, following: int) -> tuple[str, bool]:
    """Return the text behind a figure up to the next, and whether the clause ends before it."""
    cut = text[end : min(following, end + MOST_AFTER)]
    parts = _CLAUSE_END.split(cut, maxsplit=1)
    return parts[0], len(parts) > 1 or following > end + MOST_AFTER or following >= len(text)


def role_behind(after: str, *, is_last: bool = False) -> tuple[str, int]:
    """Return the role that the words right behind a figure name, and where they end.

    "3,650 pesos recibe ella, 200 dólares manda usted" names each figure behind it.
    """
    if match := _TIGHT.match(after) or _IS_THE.match(after):
        return str(match.lastgroup), match.end()
    match = _VERB_BEHIND.match(after)
    if match is None or not (match["end"] or is_last):
        return "", 0
    return "receive" if match["receive"] else "send", match.end()


def roles_in(before: str, after: str = "", *, is_last: bool = False) -> frozenset[Role]:
    """Return the role that the words around a figure give it: behind it, then the nearest before.

    "The total you send" may be either, so both roles are kept.
    """
    tight, _ = role_behind(after, is_last=is_last)
    condition = _CONDITION_FIRST.match(before)
    named = [
        str(match.lastgroup)
        for match in _ROLE.finditer(before, condition.end() if condition else 0)
    ]
    last = named[-1] if named else ""
    if tight == "limit" and last in {"limit_used", "limit_left", "fee"}:
        tight = ""
    if tight == "limit_per":
        tight = "limit_per" if last == "limit" else ""
    if tight:
        return _roles(tight)
    if _PER_DOLLAR.search(before):
        return frozenset({"rate"})
    if last == "may_send" and _PER_DAY.search(before + after):
        return frozenset({"limit"})
    if last == "pays" and _PLUS.match(after) and not is_last:
        return _roles(last) | {"send"}
    if set(named[-2:]) == {"send", "total"}:
        return frozenset({"send", "total"})
    return _roles(last) if last else frozenset()


def _roles(name: str) -> frozenset[Role]:
    return MIXED.get(name) or frozenset({name})  # type: ignore[arg-type]


def methods_in(before: str, after: str, *, is_last: bool) -> frozenset[str]:
    """Return the payout methods that the words around a figure name."""
    behind = after if is_last else ""
    if not is_last and (match := _METHOD_BEHIND.match(after)):
        behind = match.group()
    # "Por banco no paga, en efectivo paga 2.99": the last part names it, if any does.
    return _methods(behind) or _methods(before.rpartition(",")[2]) or _methods(before)


def _methods(text: str) -> frozenset[str]:
    return frozenset(
        str(match.lastgroup) for match in _METHOD.finditer(text) if match["no"] is None
    )


def arrives(before: str, after: str) -> bool:
    """Return whether a duration is about when money arrives."""
    return bool(_ARRIVES.search(before) or _ARRIVES.search(after))


def is_denied(before: str, after: str) -> bool:
    """Return whether a figure is said not to be so."""
    return bool(_DENIED_BEFORE.search(before) or _DENIED_AFTER.match(after))


def is_attributed(before: str, after: str) -> bool:
    """Return whether the words beside a figure say that it is what somebody said or wants."""
    return bool(ATTRIBUTION.search(before) or ATTRIBUTION.search(after))


def is_waited(before: str, after: str) -> bool:
    """Return whether a duration is how long somebody has waited."""
    return bool(_WAITED.search(before) or _WAITED.search(after))


def is_owned(before: str) -> bool:
    """Return whether a figure is what somebody has."""
    return bool(_OWNED.search(before))


def is_asserted(before: str) -> bool:
    """Return whether a figure is what something "is"."""
    return bool(_ASSERTED.search(before))
