"""Detects which language a sender writes, Spanish or English, and which one they ask for.

Word lists decide. Words of both languages ("no", "ok"), numbers, names and emoji decide nothing, so
the session keeps its language. Why no statistical model: docs/decisions/0004-word-lists.md.
"""

import re
import unicodedata

from lola.text.folding import few_marks, unaccented


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SPANISH = _words(
    "hola buenas buenos gracias quiero quisiera necesito puedo puedes puede podria ayuda "
    "ayudame enviar envia envie envio enviarle enviarlo mandar mando mandarle mande mandé "
    "dinero plata lana cuanto cuantos cuanta cual cuales cuando donde como porque quien que "
    "es el los las una unos unas del al por para pero con sin mi mis tu tus su sus se le les "
    "lo yo usted ustedes ella ellos este esta esto ese esa eso aqui alli hoy ayer ahora ya "
    "muy mas menos bien tambien tengo tienes tiene tienen hay estoy esta estan soy eres son "
    "en mandale mandales enviale enviales prima primo bueno pues seria todo oiga fijese nomas "
    "fue ser hacer hago haces cuenta efectivo tarjeta retiro comision cambio dolares recibe "
    "reciben llega llego llegan hermano hermana mama papa esposa esposo hijo hija amigo amiga "
    "abuela tia tio persona asesor numero codigo enlace cancelar reembolso queja problema "
    "saludos adios perdon porfa porfavor favor dale vale claro listo entonces oye mira dime "
    "dame pasame muestrame si quiere desde hasta otro otra mismo misma otra vez cambiar "
    "confirmar corregir dolar recibo beneficiario beneficiarios ola kiero komo tarda enero "
    "lunes martes miercoles jueves viernes sabado domingo"
) - {"si", "no", "a", "me", "es"}
_ENGLISH = _words(
    "hello hey hi thanks thank you want would need can could should will help please send "
    "sending sent money how much many what when where which who why is are was were am be "
    "been the an and or but with without for from to of on at by in into my your his her their its "
    "our we they he she it this that these those here there today yesterday tomorrow now very "
    "more less well also have has had do does did make account card fee fees rate exchange "
    "dollars receive receives get gets arrive arrived brother sister mom mother dad father "
    "wife husband daughter friend person agent human number code link cancel refund "
    "complaint problem sorry yes yeah yep sure okay speak english talk tell show give "
    "change confirm correct another same again transfer recipient pickup deposit monday "
    "tuesday wednesday thursday friday saturday sunday i'd i'm don't it's"
)
# Words of both languages or of neither: parts of names, menus and answers to yes-or-no questions.
_NEUTRAL = _words("si no ok oki okey okay a e i o y u de la me son total mi once ten cash")
_GREETINGS = _words("hola buenas buenos gracias hello hi hey thanks thank good")
_SMALL_WORDS = _words("de del la las los el y e of the and")
_CLEARLY = 4
_STRETCHED = re.compile(r"(\w)\1{2,}")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_PLACES = re.compile(r"\bel salvador\b", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<!\S)\S*(?:https?:|www\.|@)\S*", re.IGNORECASE)

_ENGLISH_NAMES = r"(?:english|ingl[eé]s)"
_SPANISH_NAMES = r"(?:spanish|espa[nñ]ol|castellano)"
_ASKING = (
    r"(?:h[aá]bl[ae]\w*|habl(?:as|an|ar|amos|emos)|cont[eé]st\w+|resp[oó]nd\w*|escr[ií]b\w+|atiend\w+|sigue|seguir|"
    r"continu\w+|prefiero|quiero|cambi\w+|pon\w*|pasa\w*|speak\w*|talk\w*|reply\w*|answer\w*|writ\w+|continue|"
    r"switch|change|use|prefer|want|dec\w*|dime\w*|d[ií]g\w+|expl\w+|tell|say)"
)
_BETWEEN = (
    r"(?:\s(?:me|a|al|en|in|to|it|el|idioma|language|with|por favor|please|solo|only|todo|usted|"
    r"ustedes)){0,3}"
)
_DENYING = (
    r"(?:\bno\s(?:\w+\s)?(?:hablo|entiendo|s[eé]|leo|comprendo)|"
    r"\b(?:don't|do not|cannot|can't|dont|cant)\s(?:\w+\s)?(?:speak|understand|read|know))"
)
_CLAUSE_END = re.compile(r"[.,;:!?¿¡\n]")
_REACH = 60
"""Characters of a clause before a wish in which its subject is looked for."""
_PERSON = re.compile(
    r"\b(?:yo|nosotros|i|i'm|we|mis?|sus?|[eé]l|ella|ellos|ellas|las?|los|una?|my|his|her|their|he|"
    r"she|they|the)\b(?<!\ba mi)",
    re.IGNORECASE,
)
_OURSELVES = frozenset({"yo", "nosotros", "i", "i'm", "we"})
_WHY = re.compile(r"\b(?:por ?qu[eé]|why)\b", re.IGNORECASE)
_AGAINST = re.compile(
    r"\b(?:no(?: (?:me|nos))?|nunca|dej[ea]n? de|par[ea]n? de|not|never|stop|quit|"
    r"don't|dont|can't|cant|won't)(?: \w+)?\s*$",
    re.IGNORECASE,
)
_PLEASE = r"(?:por favor|porfa|please|pls)"
_TRANSLATE = re.compile(r"\b(?:traduc\w+|translat\w+)\b", re.IGNORECASE)


def detect(text: str) -> str | None:
    """Return `es` or `en`, or None when the words do not tell."""
    text = unicodedata.normalize("NFC", few_marks(_ADDRESS.sub(" ", text))).replace("’", "'")
    text = _PLACES.sub(" ", _STRETCHED.sub(r"\1", text))
    words = [match.group() for match in _WORD.finditer(text)]
    if _looks_like_a_name(words):
        return None
    spanish, english = _votes(words, text)
    if spanish != english and (not spanish or not english or abs(spanish - english) > 1):
        return "es" if spanish > english else "en"
    return None


def is_foreign(text: str, language: str) -> bool:
    """Return whether a whole reply is clearly in the other one of the two languages.

    Names, borrowed words and a quoted line are not enough: it takes four words of the other
    language, and four times as many as of the own one.
    """
    spanish, english = _votes([match.group() for match in _WORD.finditer(text)], text)
    own, other = (english, spanish) if language == "en" else (spanish, english)
    return other >= _CLEARLY and other >= _CLEARLY * own


def is_word_of_ours(word: str) -> bool:
    """Return whether a folded word is a frequent one of Spanish or English."""
    return word in _SPANISH_FOLDED or word in _ENGLISH or word in _NEUTRAL


def explicit_wish(text: str) -> str | None:
    """Return the language that the sender asks for; the last wish counts. None without one."""
    if _TRANSLATE.search(text):
        return None
    plain = unicodedata.normalize("NFC", few_marks(text)).replace("’", "'")
    wishes: list[tuple[int, str]] = []
    for language, pattern in (*_DENIALS, *_WISHES):
        for match in pattern.finditer(plain):
            meant = _meant(language, plain, match)
            wishes += [(match.start(), meant)] if meant else []
            # "I don't speak Spanish" holds "speak Spanish", which is not what it asks for.
            plain = plain.replace(match.group(), "¦" * len(match.group()), 1)
    return max(wishes)[1] if wishes else None


def _meant(language: str, text: str, match: re.Match[str]) -> str | None:
    """Return the language that a match asks for; None when it says what another person speaks."""
    before = _CLAUSE_END.split(text[max(0, match.start() - _REACH) : match.start()])[-1]
    people = _PERSON.findall(before)
    is_about_other = bool(people) and people[-1].casefold() not in _OURSELVES
    if is_about_other and not match.group().split()[0].endswith(("me", "nos")):
        return None
    # "Why do you write in English?" and "do not write in English" ask for the other language,
    # "why do you not write in English?" asks for English.
    is_against = bool(_WHY.search(before)) != bool(_AGAINST.search(before))
    return _OTHER[language] if is_against else language


def _votes(words: list[str], text: str) -> tuple[int, int]:
    folded = {unaccented(word) for word in words}
    spanish = len(folded & _SPANISH_FOLDED) + 2 * bool(re.search(r"[¿¡]", text))
    return spanish, len(folded & _ENGLISH)


def _looks_like_a_name(words: list[str]) -> bool:
    """Return whether these are several capitalised words without a greeting: people, places."""
    telling = [word for word in words if word.casefold() not in _SMALL_WORDS]
    return (
        len(words) > 1
        and all(word.istitle() for word in telling)
        and unaccented(words[0]) not in _GREETINGS
    )


_SPANISH_FOLDED = frozenset(map(unaccented, _SPANISH)) - _NEUTRAL


def _wish(names: str) -> re.Pattern[str]:
    return re.compile(
        rf"\b{_ASKING}{_BETWEEN}\s{names}\b"
        rf"|\b(?:en|in)\s{names}\b[\s,]*{_PLEASE}"
        rf"|^\W*(?:(?:en|in)\s)?{names}[\s,]*(?:{_PLEASE}|only)?\W*$|\bdo you speak {names}\b",
        re.IGNORECASE,
    )


def _denial(names: str) -> re.Pattern[str]:
    return re.compile(rf"{_DENYING}\s(?:\w+\s)?{names}\b", re.IGNORECASE)


_OTHER = {"en": "es", "es": "en"}
_WISHES = (("en", _wish(_ENGLISH_NAMES)), ("es", _wish(_SPANISH_NAMES)))
_DENIALS = (("en", _denial(_SPANISH_NAMES)), ("es", _denial(_ENGLISH_NAMES)))
