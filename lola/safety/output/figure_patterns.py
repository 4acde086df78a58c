"""The patterns that find figures in a text whose number words are digits already.

Built from `figure_words`. Each takes linear time (docs/safety.md 3.5).
"""

import re

from lola.safety.output.figure_words import (
    CENT_WORDS,
    CURRENCY_CODES,
    CURRENCY_WORDS,
    MONTHS,
    UNITS,
)
from lola.text.number_table import ORDINALS
from lola.text.number_words import ALSO, MARK

FILL = "¦"
CODES = "|".join(sorted(CURRENCY_CODES))
CURRENCIES = "|".join(name for name, _ in CURRENCY_WORDS)
_CENTS = "|".join(name for name, _ in CENT_WORDS)
_UNITS = "|".join(name for name, _, _ in UNITS)
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_PLAIN = r"\d{1,3}(?:[ '’]\d{3})+(?!\d)(?:[.,]\d{1,4})?|\d+(?:[.,]\d+)*"

SPELLED_MANY = re.compile(rf"{ALSO}[\d.,]+")
FIGURE = re.compile(
    rf"(?P<sign>US\$|MX\$|RD\$|CA\$|C\$|R\$|S/\.?|(?<![^\W\d_])(?:Q|L\.?)(?=\s?{MARK}?\d)|[$€£]|"
    rf"(?<![^\W\d_])(?:{CODES})\s?\$?)?\s?"
    rf"(?P<words>{MARK})?(?P<minus>(?<!\w)-)?(?P<number>(?:{_PLAIN})(?:{ALSO}[\d.,]+)*)"
    r"(?P<scale>k\b|(?-i:M)\b)?"
    r"(?:\s?(?P<percent>%|‰|por ?ciento\b|percent\b|per cent\b|por mil\b)"
    rf"|\s?(?P<unit>{_UNITS})\b"
    rf"|\s?(?P<cents>(?:{_CENTS})(?!\w))"
    rf"|\s?(?:de |of )?(?P<code>(?:{CODES})\b|\$|€|(?:{CURRENCIES})\b))?",
    re.IGNORECASE,
)
_NEXT = rf"(?![.,]?\d|\s?(?:%|por |de (?:comisi|cargo)|(?:{_UNITS})\b|fees?\b))"
CENTS_BEHIND = re.compile(
    rf",?\s(?:con|y|and|with|m[aá]s|plus)\s{MARK}?(?P<cents>\d{{1,2}})\s?(?:{_CENTS})(?!\w)"
    r"|\s(?P<hundredths>\d{2})/100",
    re.IGNORECASE,
)
DECIMALS_BEHIND = re.compile(
    rf"\scon\s{MARK}?(?P<cents>\d{{2}}){_NEXT}(?:\s(?P<code>(?:{CODES}|{CURRENCIES})\b))?",
    re.IGNORECASE,
)
BARE_CENTS = re.compile(
    rf"\s(?:con\s)?{MARK}?(?P<cents>\d{{2}}){_NEXT}(?!\s?(?:{CODES}|{CURRENCIES})\b)", re.IGNORECASE
)
"""The 50 of "3 dólares 50", only behind the name of a currency."""
HALF_BEHIND = re.compile(
    r"\s(?:y|and|con)\s(?:un\s|una\s|an?\s)?(?P<part>medi[oa]|half|quarter|cuarto)\b", re.IGNORECASE
)

HALF_UNIT = re.compile(
    rf"\b(?:medi[oa]|half)(?:\san?)?[ -](?P<unit>{_UNITS}|percent|por ciento)\b"
    r"(?![ -]?(?:hermano|price))",
    re.IGNORECASE,
)
ONE_UNIT = re.compile(
    r"\b(?:(?P<lead>(?:in|within|takes?|about|around|under|after|than)\s)an?\s(?=day|week|month)"
    r"|(?P<hour>an\s)(?=hour))",
    re.IGNORECASE,
)
ONE_CURRENCY = re.compile(
    rf"(?P<per>(?:(?:{CURRENCIES})|\d|\b(?:to|for|per|each|on))\s)?\b(?P<one>a\s)"
    rf"(?=(?:{CURRENCIES})\b)",
    re.IGNORECASE,
)
_ORDINALS = {word: value for word, value in ORDINALS.items() if value > 0}
_ORDINAL = "|".join(sorted(_ORDINALS, key=len, reverse=True))
DAY_ORDINAL = re.compile(
    rf"\b(?:(?P<tens>twenty|thirty)[- ])?(?P<day>{_ORDINAL})"
    rf"(?=\s(?:(?:of|de|day of)\s)?(?:{_MONTH})\b)"
    rf"|(?P<month>\b(?:{_MONTH})\s(?:the\s)?)(?:(?P<tens2>twenty|thirty)[- ])?"
    rf"(?P<day2>{_ORDINAL})\b",
    re.IGNORECASE,
)

STAMP = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<time>\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|"
    r"[+-]\d{2}:?\d{2})?"
)
DATE = re.compile(
    rf"(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})|(?P<a>\d{{1,2}})[/.-](?P<b>\d{{1,2}})[/.-](?P<y>\d{{4}}|"
    rf"\d{{2}})(?!\d)"
    rf"|(?P<d1>\d{{1,2}})(?:º|\.º|st|nd|rd|th)?(?: de| of)? (?P<m1>{_MONTH})\b\.?(?:(?: del?|,|"
    rf" of)? (?P<y1>\d{{4}}))?"
    rf"|\b(?P<m2>{_MONTH})\.? {MARK}?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)"
    r"(?:,? (?P<y2>\d{4}))?"
    rf"|\b(?P<m3>{_MONTH})(?: del?| of|,)? (?P<y3>\d{{4}})\b",
    re.IGNORECASE,
)
TIME = re.compile(
    r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::\d{2})?(?:\s?(?P<half>[ap])\.?\s?m\b\.?|\s?h(?:rs?|oras?)?\b)?"
    r"|(?P<h2>\d{1,2})\s?(?P<half2>[ap])\.?\s?m\b\.?"
    rf"|(?P<h4>\d{{1,2}}) de la (?P<part2>ma[nñ]ana|tarde|noche)"
    rf"|\b(?:a las?|at)\s{MARK}?(?P<h3>\d{{1,2}})(?=\s(?:en punto|o'clock|de la \w)|[.,;!?]?\s?$)"
    rf"(?:\s(?:de la (?P<part>ma[nñ]ana|tarde|noche)|en punto|o'clock))?",
    re.IGNORECASE | re.MULTILINE,
)
REFERENCE = re.compile(
    r"(?<![\w$])(?:[^\W\d_]++-?\d[\w\-]{2,}|\d++[^\W\d_][\w\-]{3,}|"
    r"[^\W_]++(?:-[^\W_]++)+|[^\W\d_]++_[\w\-]++)"
)
LIKE_A_REFERENCE = re.compile(r"\d{3}|\d[^\W\d_]++\d|_")
AMOUNT_WITH_CODE = re.compile(
    rf"\A(?:[QL]\d[\d.,]*|(?:{CODES})-?\d[\d.,]*|\d[\d.,]*+-?(?:{CODES}))",
    re.IGNORECASE,
)
LONG_DIGITS = re.compile(
    r"(?<![\d.,$])(?:\+\d{1,3} ?)?\(?\d(?:(?:[ \-]|\)[ \-]?)?\d){6,18}(?!\d|[.,]\d)"
)
GROUPED = re.compile(r"\d{1,3}(?:[ .]\d{3})+")
MONEY_BEHIND = re.compile(rf"\s?(?:de )?(?:(?:{CODES})\b|\$|€|(?:{CURRENCIES})\b)", re.IGNORECASE)
MONEY_BEFORE = re.compile(rf"(?:[$€£]|(?<![^\W\d_])(?:Q|L\.?|{CODES}))\s?\$?\Z", re.IGNORECASE)
URL = re.compile(r"https?://\S+", re.IGNORECASE)

MULTIPLE = re.compile(
    r"\bel (?:doble|triple|cu[aá]druple)\b|\bla mitad\b|\b(?:un|dos) tercios?\b"
    r"|\btwice (?:as|the|what|that)\b|\b(?:double|triple) (?:the|what|that|your|as)\b"
    r"|\b(?:gets?|receives?|gives?|pays?|sends?|earns?|worth|be|is|are)"
    r" (?:twice|double|triple|half)\b(?![ \-]check)"
    r"|\bhalf (?:of|the|your|as)\b|\b(?:a|one) (?:quarter|third|tenth) of\b"
    r"|\b(?:cuarta|tercera|quinta|d[eé]cima) parte\b"
    rf"|{MARK}?\b\d{{1,4}} (?:veces m[aá]s|veces lo|times (?:as|the|more))\b",
    re.IGNORECASE,
)

_CHOOSE = (
    r"opci[oó]n|paso|n[uú]mero|option|step|number|respon\w+|reply|escrib\w+|eli[gj]\w+|escoj\w+|"
    r"marque|marca|contest\w+|answer|enter|teclee|presion\w+|oprim\w+|digit\w+|puls\w+|seleccion\w+|type|choose|press|pick"
)
CHOICE = re.compile(
    rf"\b(?:{_CHOOSE})\s(?:con\s|el\s|la\s|with\s)?[\"'“*]*{MARK}?(?P<number>\d{{1,2}})(?![.,]?\d|[%$])",
    re.IGNORECASE,
)
NEXT_CHOICE = re.compile(
    rf"(?:[,;\n]|\b(?:o|or|y|and))\s(?:(?:o|or|y|and|el|con)\s)?[\"'“*]*{MARK}?(?P<number>\d{{1,2}})"
    r"(?=[\"'”*]*\s(?:si|para|to|for|if|=)\b)",
    re.IGNORECASE,
)
STRUCTURE = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"\d\ufe0f?\u20e3",
        (
            rf"{MARK}?\b\d{{1,2}}\s(?:opciones|opci[oó]n|pasos?|preguntas?|momentos?|options?|"
            r"steps?|questions?|moments?|maneras|formas|ways|d[ií]gitos|digits|letras|n[uú]meros)\b"
        ),
        (
            r"(?:dame|deme|d[eé]jeme|t[oó]mese|t[oó]mate|espera|espere|esp[eé]reme|give me|"
            r"wait|just|take)"
            rf"\s(?:solo\s|just\s)?{MARK}?1\s(?:minut(?:[oe]|ito)|segund(?:o|ito)|second)\b"
        ),
        rf"{MARK}?\b1\s(?:minut[oe]|segundo|second)(?:,|\s(?:por favor|please|m[aá]s|more)\b)",
        # "Al cien" is how somebody is.
        rf"\bal {MARK}?100\b(?!\s?(?:%|por|{CURRENCIES}))",
        # How sure something is, which is for the guard of claims.
        r"\b100 ?% (?=(?:segur|cert|confia|garanti|sure|safe|reliab|guarant)\w+)",
        rf"\bni (?:{MARK}?1|un|una)(?: solo| sola)? (?:{CURRENCIES}|{_CENTS})\b",
        rf"\bnot (?:{MARK}?1|an?)(?: single)? (?:{CURRENCIES}|{_CENTS})\b",
        # The left side of "1 USD = 18.72 MXN" only says what the right side is a price of.
        rf"(?:\b(?:por|cada|per|for|every|each)\s){{1,2}}{MARK}?1\s?(?:{CURRENCIES}|[A-Z]{{3}})\b",
        rf"{MARK}?\b1\s?(?:{CURRENCIES}|USD)\s?(?:=|≈|son\b|es\b|equivale|equals|is\b)",
    )
)
LIST_MARKER = re.compile(
    r"(?P<line>^[ \t*]*)?(?<![\w.,$])(?P<number>\d{1,2})(?P<form>\)|[.:\-](?=\s)|\.\*)",
    re.MULTILINE,
)


def day_of(match: re.Match[str]) -> str:
    """Return a match of `DAY_ORDINAL` with its ordinal in digits."""
    tens = (match["tens"] or match["tens2"] or "").lower()
    day = _ORDINALS[(match["day"] or match["day2"]).lower()]
    return f"{match['month'] or ''}{day + {'twenty': 20, 'thirty': 30}.get(tens, 0)}"
