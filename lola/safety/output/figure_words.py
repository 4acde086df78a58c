"""The words, signs and months that `figures` reads by, in Spanish and English.

Tables only. Longer spellings come before the shorter ones that they contain.
"""

from typing import Literal

from lola.text.word_lists import words

Role = Literal["send", "receive", "fee", "total", "rate", "limit"]

_PESOS = frozenset({"MXN", "COP", "DOP", "CLP", "ARS", "UYU", "CUP", "PHP"})
CURRENCY_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    (r"pesos? mexicanos?|mexican pesos?", frozenset({"MXN"})),
    (r"pesos? colombianos?|colombian pesos?", frozenset({"COP"})),
    (r"pesos? dominicanos?|dominican pesos?", frozenset({"DOP"})),
    (r"d[oó]lar(?:es)?|dollars?|bucks", frozenset({"USD"})),
    (r"pesos?", _PESOS),
    (r"quetzal(?:es)?", frozenset({"GTQ"})),
    (r"lempiras?", frozenset({"HNL"})),
    (r"c[oó]rdobas?", frozenset({"NIO"})),
    (r"col[oó]n(?:es)?", frozenset({"CRC", "SVC"})),
    (r"balboas?", frozenset({"PAB"})),
    (r"nuevos soles|soles|sol\b", frozenset({"PEN"})),
    (r"bolivianos?", frozenset({"BOB"})),
    (r"guaran[ií](?:es)?", frozenset({"PYG"})),
    (r"bol[ií]var(?:es)?", frozenset({"VES"})),
    (r"reales|reais|real\b", frozenset({"BRL"})),
    (r"gourdes?", frozenset({"HTG"})),
    (r"euros?", frozenset({"EUR"})),
)
CURRENCY_CODES = frozenset(
    words(
        "USD MXN GTQ HNL NIO CRC SVC PAB DOP COP PEN BOB BRL CLP ARS UYU PYG VES CUP HTG JMD PHP "
        "INR EUR CAD GBP"
    )
)
SIGNS: dict[str, frozenset[str]] = {
    "US$": frozenset({"USD"}),
    "MX$": frozenset({"MXN"}),
    "RD$": frozenset({"DOP"}),
    "CA$": frozenset({"CAD"}),
    "C$": frozenset({"NIO"}),
    "R$": frozenset({"BRL"}),
    "S/.": frozenset({"PEN"}),
    "S/": frozenset({"PEN"}),
    "Q": frozenset({"GTQ"}),
    "L.": frozenset({"HNL"}),
    "L": frozenset({"HNL"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "$": frozenset(),
}
UNITS: tuple[tuple[str, str, int], ...] = (
    (r"segundos?|seconds?|secs?", "s", 1),
    (r"minutos?|minutes?|mins?", "s", 60),
    (r"horas?|hours?|hrs?|hs", "s", 3600),
    (r"d[ií]as? (?:h[aá]bil(?:es)?|laborables?)|business days?|working days?", "b", 86400),
    (r"d[ií]as?|days?", "s", 86400),
    (r"semanas?|weeks?", "s", 604800),
    (r"mes(?:es)?|months?", "m", 1),
    (r"años?|years?", "m", 12),
)
ROLES: tuple[tuple[Role, str], ...] = (
    ("limit", r"l[ií]mites?|m[aá]xim[oa]s?|m[ií]nim[oa]s?|tope|limits?|maximum|minimum"),
    ("rate", r"tipo de cambio|tasa|cambio|exchange rate|rate"),
    ("fee", (
        r"comisi[oó]n(?:es)?|cargos?|tarifas?|costos?|cuesta|cobramos|cobran|fees?|charges?|"
        r"commissions?|costs?"
    )),
    ("total", r"totales|total"),
    ("receive", r"recib\w+|llegan|llegar[aá]n?|receiv\w+|gets?"),
    ("send", (
        r"env[ií]as|env[ií]a|enviar(?:[aá]s|le|les)?|env[ií]es|enviando|"
        r"mand(?:as|a|ar|arle|arles|es|ando)|sends?|sending"
    )),
)  # fmt: skip
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "enero ene january jan", "febrero feb february", "marzo mar march",
            "abril abr april apr", "mayo may", "junio jun june", "julio jul july",
            "agosto ago august aug", "septiembre setiembre sep sept september",
            "octubre oct october", "noviembre nov november", "diciembre dic december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
