"""Finds claims that need a fact: things done, promises, zero fees, days of arrival.

"Sent", "paid", "approved", "cancelled", "refunded", "guaranteed" in any tense, in Spanish and
English, are allowed only when a status in this turn's results says so or an approved passage words
it the same way (docs/safety.md G9). Questions, conditions and denials claim nothing. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lola.safety.output.figures import normal_form

_STATUS_KEY = re.compile(r"(?:^|_)(?:status|state|event|outcome)s?$", re.IGNORECASE)
_IDENTITY_KEY = re.compile(r"verdict|verification|(?:^|_)cip(?:_|$)", re.IGNORECASE)
# A verified identity says nothing about a transfer, so these statuses are kept apart.
_OF_IDENTITY = "identity:"
_VERIFIED = "verified"
_IDENTITY = re.compile(r"\b(?:verificaci[oó]n|identidad|verification|identity)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim as the reply words it. `family` is its kind."""

    family: str
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """The word forms of one kind of claim, and the statuses that make it true.

    `we` are forms that are past tense only after "ya": "enviamos dinero a México" is what we do.
    """

    name: str
    spanish: str
    acts: str
    we: str
    english: str
    verbs: str
    statuses: frozenset[str]


_DONE = frozenset({"completed", "complete", "paid", "delivered", "settled", "success", "succeeded"})
_FAMILIES = (
    _Family(
        name="sent",
        spanish=r"enviad|mandad|transferid|remitid|despachad|girad",
        acts=r"envié|envió|mandé|mandó|transferí|transfirió|giré|en camino|went through|"
            r"gone through",
        we=r"enviamos|mandamos|transferimos|giramos",
        english=r"sent|transferred|wired|dispatched|on its way",
        verbs=r"sent|transferred|wired",
        statuses=_DONE | {"sent", "funded", "in_transit", "intransit"}
        | {"ready_for_pickup", "readyforpickup"},
    ),
    _Family(
        name="paid",
        spanish=r"pagad|depositad|entregad|cobrad|acreditad|abonad|liquidad",
        acts=r"pagué|pagó|deposité|depositó|entregué|entregó|acreditó|abonó",
        we=r"pagamos|depositamos|entregamos|acreditamos|abonamos",
        english=r"paid|deposited|delivered|credited|collected|picked up|charged",
        verbs=r"paid|deposited|delivered|credited|charged",
        statuses=_DONE | {"deposited", "credited"},
    ),
    _Family(
        name="completed",
        spanish=r"completad|complet|realizad|procesad|finalizad|terminad|concluid|hech",
        acts=r"completé|completó|realicé|realizó|procesé|procesó|concluyó",
        we=r"completamos|realizamos|procesamos",
        english=r"completed?|processed|finali[sz]ed|executed|done|successful",
        verbs=r"completed|processed|finali[sz]ed|executed|made",
        statuses=_DONE,
    ),
    _Family(
        name="approved",
        spanish=r"aprobad|autorizad",
        acts=r"aprobé|aprobó|autoricé|autorizó",
        we=r"aprobamos|autorizamos",
        english=r"approved|authori[sz]ed",
        verbs=r"approved|authori[sz]ed",
        statuses=_DONE | {"approved", "authorized", "accepted"},
    ),
    _Family(
        name=_VERIFIED,
        spanish=r"verificad|desbloquead|validad",
        acts=r"verifiqué|verificó|desbloqueé|validé",
        we=r"verificamos|desbloqueamos|validamos",
        english=r"verified|unblocked|cleared",
        verbs=r"verified|unblocked|cleared",
        statuses=frozenset(
            f"{_OF_IDENTITY}{word}" for word in ("passed", "verified", "approved", "completed")
        ),
    ),
    _Family(
        name="cancelled",
        spanish=r"cancelad|anulad|revocad|detenid",
        acts=r"cancelé|canceló|anulé|anuló|detuve|detuvo",
        we=r"cancelamos|anulamos|detuvimos",
        english=r"cancell?ed|voided|revoked|stopped",
        verbs=r"cancell?ed|voided|revoked|stopped",
        statuses=frozenset({"cancelled", "canceled", "revoked", "voided"}),
    ),
    _Family(
        name="refunded",
        spanish=r"reembolsad|devuelt|reintegrad|bonificad|condonad",
        acts=r"reembolsé|reembolsó|devolví|devolvió|reintegré|reintegró",
        we=r"reembolsamos|devolvimos|reintegramos",
        english=r"refunded|reimbursed|returned|waived",
        verbs=r"refunded|reimbursed|waived",
        statuses=frozenset({"refunded", "returned", "reimbursed"}),
    ),
    _Family(
        name="changed",
        spanish=r"cambiad|actualizad|aumentad|elevad|modificad",
        acts=r"cambié|actualicé|aumenté|elevé",
        we=r"cambiamos|actualizamos|aumentamos",
        english=r"(?:been )?(?:changed|updated|raised|increased)",
        verbs=r"changed|updated|raised|increased",
        statuses=frozenset({"changed", "updated", "raised"}),
    ),
)  # fmt: skip

_AUX_ES = (
    r"(?:fue(?:ron)?|ha(?:n|s)? sido|he|hemos|ha|han|est[aá]n?|qued[oó]|quedaron|qued(?:a|an|"
    r"ar[aá]n?)|"
    r"ser[aá]n?|va(?:n)? a ser|es|son|ya|sali[oó]|listo,?|acab(?:o|amos) de dejar)"
)
_BETWEEN_ES = (
    r"(?:\s(?:ya|sido|exitosamente|correctamente|totalmente|recién|siendo|tu|el|la|su|muy|bien|"
    r"dinero|"
    r"envío|pago|transferencia|completamente|lo|te|se|le|les|me)){0,4}"
)
_PRONOUNS_ES = r"(?:(?:te|se|le|les|lo|la|los|las)\s){0,2}"
_AUX_EN = (
    r"(?:was|were|is|are|'s|'re|been|be|being|has|have|had|'ve|got|gets|it's|done|now|"
    r"already|successfully)"
)
_BETWEEN_EN = (
    r"(?:\s(?:been|being|just|now|already|successfully|fully|all|your|the|money|transfer)){0,3}"
)
_MATTER = (
    r"(?:env[ií]o|pago|operaci[oó]n|transferencia|dinero|transacci[oó]n|remesa|reembolso|"
    r"transfer|payment|"
    r"operation|transaction|money|refund)"
)
_PROMISES = (
    ("guaranteed", (
        r"\bgarantiz(?:o|amos|ad[oa]s?|aremos|a|an)\b|\bte (?:lo )?(?:prometo|aseguro|juro)\b|"
        r"\bguarantee[ds]?\b|\b(?:i|we) promise\b|\b(?:100|cien) ?(?:%|por ciento) seguro\b"
    )),
    ("sent", (
        r"\b(?:te|le|les|lo|la|se) (?:lo |la )?(?:enviaremos|mandaremos|transferiremos|enviaré|"
        r"mandaré|"
        r"transferiré)\b|\b(?:i|we)(?:'ll| will) (?:send|transfer|wire)\b"
    )),
    ("refunded", (
        r"\b(?:reembolsar(?:é|emos|án)|devolver(?:é|emos|án)|reintegrar(?:é|emos|án)|"
        r"condonar(?:é|emos))\b|"
        r"\b(?:i|we|they)(?:'ll| will) (?:refund|reimburse|waive|return)\b"
    )),
    ("approved", (
        r"\b(?:aprobar(?:é|emos|án)|autorizar(?:é|emos|án))\b|"
        r"\b(?:i|we|they)(?:'ll| will) (?:approve|authori[sz]e)\b"
    )),
    ("cancelled", (
        r"\b(?:cancelar(?:é|emos)|anular(?:é|emos))\b|\b(?:i|we)(?:'ll| will) cancel\b"
    )),
)  # fmt: skip

# A clause that asks, denies or sets a condition claims nothing.
_CLAUSE = re.compile(r"[^.;!?\n,¿¡:—]+[.;!?\n,:—]?")
_REACH = 300
"""Characters of a clause in which a word that asks, denies or sets a condition is looked for."""
_OPEN = re.compile(
    r"\b(?:si|cuando|una vez|hasta que|para que|despu[eé]s de|antes de|en cuanto|puede[ns]?|"
    r"podr\w+|debe[ns]?|"
    r"quieres que|(?:no|not|cannot|can't)\s(?:\w+\s)?(?:confirm\w*|decir\w*|say|asegur\w*)|if|"
    r"as soon as|tan pronto|when|once|until|after|before|"
    r"can|could|may|might|must|should|unless|whether|to be)\b",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"(?:\b(?:no|not|nunca|never|a[uú]n no|todav[ií]a no|sin|without|nada|nothing)\b|"
    r"n't\b)(?:\s\w+){0,3}\s*$",
    re.IGNORECASE,
)
# What this service itself sends, changes and processes in a chat: links, messages, language.
_HARMLESS = (
    r"(?:enlace|link|liga|mensaje|message|c[oó]digo|code|correo|e-?mail|sms|notificaci[oó]n|"
    r"resumen|summary|"
    r"idioma|language|formulario|form|solicitud|request)s?"
)
_CHATTER = re.compile(
    rf"\b(?:envi\w+|mand\w+|entreg\w+|sent|delivered|comparti\w+|cambi\w+|"
    rf"changed)\s(?:\w+\s){{0,3}}?{_HARMLESS}\b"
    rf"|\b{_HARMLESS}\s(?:\w+\s){{0,4}}?(?:envi\w+|mandad\w+|entregad\w+|sent|delivered|"
    rf"cambiad\w+|changed)\b",
    re.IGNORECASE,
)

_FREE = re.compile(
    r"\bno\s(?:\w+\s){0,2}?(?:cobr\w+|hay|tiene[ns]?|paga[sn]?|aplica\w*|existe\w*|lleva|"
    r"cuesta)\s(?:\w+\s){0,2}?"
    r"(?:comisi[oó]n(?:es)?|cargos?|costos?|tarifas?|nada)\b"
    r"|\bno (?:te |le )?cuesta nada\b|\bno se (?:te |le )?cobra(?:r[aá])? (?:nada|comisi[oó]n)\b"
    r"|\b(?:sin|cero|libre de|ningun[oa]?)\s(?:ning[uú]n\s|ninguna\s)?(?:comisi[oó]n(?:es)?|"
    r"cargos?|costos?)\b"
    r"|\bcomisi[oó]n(?:es)?\s(?:\w+\s){0,2}?(?:cero|gratis|gratuitas?)\b|\bgratis\b|"
    r"\bgratuit[oa]s?\b"
    r"|\b(?:no|zero|without (?:a|any)?)\s?(?:extra |additional |hidden )?(?:transfer |"
    r"sending )?(?:fees?|charges?|commissions?|cost)\b"
    r"|\b(?:don't|do not|doesn't|won't|never) charge\b|\bfree of charge\b|\bfor free\b|"
    r"\bfee-?free\b"
    r"|\b(?:is|are|it's|totally|completely) free\b|\bfree (?:transfers?|sending)\b|"
    r"\bcosts? nothing\b",
    re.IGNORECASE,
)
_NOT_FREE = re.compile(r"\b(?:no (?:es|son|ser[aá])|not|isn't|aren't)\s*$", re.IGNORECASE)
_DAY = re.compile(
    r"(?<!de la )(?<!por la )(?<!en la )\bmañana\b(?! por)|\bpasado mañana\b|\bhoy(?: mismo)?\b|"
    r"\besta (?:tarde|noche|semana)\b|"
    r"\bal instante\b|\bde inmediato\b|\binmediatamente\b|\ben segundos\b|\ben minutos\b|"
    r"\btomorrow\b|\btoday\b|\btonight\b|\bthis (?:week|afternoon|evening)\b|\binstantly\b|"
    r"\bimmediately\b|"
    r"\bright away\b|\b(?:with)?in (?:seconds|minutes)\b|\bel (?:lunes|martes|mi[eé]rcoles|"
    r"jueves|viernes)\b|"
    r"\bon (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
    re.IGNORECASE,
)
_HAPPENS = re.compile(
    r"\b(?:venc\w+|expir\w+|caduc\w+|lleg(?:a|an|ar[aá]n?)|recib(?:e|en|ir[aá]n?)|estar[aá]n?|"
    r"disponibles?|"
    r"entreg\w+|acredit\w+|deposit\w+|arriv\w+|available|expires?|deliver\w*|ready|list[oa]s?|"
    r"(?:they|recipient)\s(?:\w+\s)?gets?|receives?)\b",
    re.IGNORECASE,
)


def _patterns(family: _Family) -> tuple[re.Pattern[str], ...]:
    return (
        re.compile(
            rf"\b{_AUX_ES}{_BETWEEN_ES}\s(?P<what>(?:{family.spanish})[oa]s?)\b", re.IGNORECASE
        ),
        re.compile(rf"(?<!\w)(?P<what>{family.acts})(?!\w)", re.IGNORECASE),
        re.compile(rf"\bya\s{_PRONOUNS_ES}(?P<what>{family.we})\b", re.IGNORECASE),
        re.compile(
            rf"\b{_MATTER}\s(?P<what>{family.english}|(?:{family.spanish})[oa]s?)\b", re.IGNORECASE
        ),
        re.compile(
            rf"(?:\b|(?='))\s?{_AUX_EN}{_BETWEEN_EN}\s(?P<what>{family.english})\b", re.IGNORECASE
        ),
        re.compile(
            rf"\b(?:i|we|he|she|they)(?:'ve| have| just|"
            rf" already){{0,2}}\s(?P<what>{family.verbs})\b",
            re.IGNORECASE,
        ),
        re.compile(
            rf"^\s*+(?:listo|done|¡?ya|all)?\W*+(?P<what>(?:{family.spanish})[oa]s?)\W*$",
            re.IGNORECASE,
        ),
    )


_CLAIMS = tuple((family, pattern) for family in _FAMILIES for pattern in _patterns(family))
_PROMISED = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _PROMISES)
_STATUSES = {family.name: family.statuses for family in _FAMILIES}


def unsupported_claims(
    reply: str, results: Iterable[Mapping[str, object]], passages: Iterable[str]
) -> tuple[Claim, ...]:
    """Return the claims of `reply` that no status in `results` and no passage supports."""
    approved = "\n".join(map(normal_form, passages))
    statuses = frozenset(statuses_in(results))
    stated = {(claim.family, claim.excerpt.casefold()) for claim in claims_in(approved)}
    return tuple(
        claim
        for claim in claims_in(normal_form(reply))
        if not statuses & _STATUSES.get(claim.family, frozenset())
        and (claim.family, claim.excerpt.casefold()) not in stated
    )


def claims_in(text: str) -> Iterator[Claim]:
    """Yield what a text claims as done or promised, clause by clause."""
    for match in _CLAUSE.finditer(text.replace("’", "'")):
        clause = match.group()
        if clause.rstrip().endswith("?"):
            continue
        clause = _CHATTER.sub(" ", clause)
        about_identity = bool(_IDENTITY.search(clause))
        for family, pattern in _CLAIMS:
            is_verified = about_identity and family.name in {"approved", "completed"}
            for found in pattern.finditer(clause.rstrip(".;!,:— \n")):
                if _is_claimed(clause, found.start()):
                    name = _VERIFIED if is_verified else family.name
                    yield Claim(family=name, excerpt=found.group().strip())
        for name, pattern in _PROMISED:
            promise = pattern.search(clause)
            if promise and not _DENIAL.search(_before(clause, promise.start())):
                yield Claim(family=name, excerpt=promise.group())


def free_claims_in(text: str) -> tuple[str, ...]:
    """Return the phrases that say that something costs nothing; questions are left out."""
    found: list[str] = []
    for clause in _CLAUSE.findall(normal_form(text).replace("’", "'")):
        if clause.rstrip().endswith("?"):
            continue
        found += (
            match.group()
            for match in _FREE.finditer(clause)
            if not _NOT_FREE.search(_before(clause, match.start()))
        )
    return tuple(found)


def day_claims_in(text: str) -> tuple[str, ...]:
    """Return "tomorrow", "today" and the like where they say when something will happen."""
    found: list[str] = []
    for sentence in re.findall(r"[^.;!?\n¿¡]+[.;!?\n]?", normal_form(text)):
        if not sentence.rstrip().endswith("?") and _HAPPENS.search(sentence):
            found += (match.group() for match in _DAY.finditer(sentence))
    return tuple(found)


def statuses_in(value: object, key: str = "") -> Iterator[str]:
    """Yield every status in JSON-like results, in lower case."""
    match value:
        case Mapping():
            for name, item in value.items():
                yield from statuses_in(item, str(name))
        case list() | tuple():
            for item in value:
                yield from statuses_in(item, key)
        case str() if _IDENTITY_KEY.search(key):
            yield f"{_OF_IDENTITY}{value.lower()}"
        case str() if _STATUS_KEY.search(key):
            yield value.rsplit(".", 1)[-1].lower()
        case _:
            return


def _is_claimed(clause: str, start: int) -> bool:
    before = _before(clause, start)
    behind = clause[start : start + _REACH].lstrip()
    return not (_OPEN.search(before) or _DENIAL.search(before) or _OPEN.match(behind))


def _before(clause: str, start: int) -> str:
    return clause[max(0, start - _REACH) : start]
