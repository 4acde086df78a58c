"""Turns words into stems, the same way for documents and questions.

Accents and case are folded first, because senders leave accents out. Filler words are removed; the
lists have only function words and courtesies, never a word that a document could be about.
"""

import re
import unicodedata
from functools import lru_cache

SNOWBALL = {"es": "spanish", "en": "english"}

_FILLERS = {
    "es": """
        a al algo ante aqui asi aun aunque bien buen buena buenas bueno buenos cada como con cual
        cuales cualquier cuando cuanta cuantas cuanto cuantos da dame dar de del desde dia dias dice
        dime donde dos e el ella ellas ellos en entonces entre era es esa esas ese eso esos esta
        estan estar estas este esto estos estoy favor fue gracias gusta gustaria ha hace hacer hacen
        hago han has hasta hay haya he hola hoy iba ir la las le les lo los mas me mi mis mismo
        mucha muchas mucho muchos muy nada ni no noches nos nosotros o ok otra otras otro otros oye
        para pero poco por porque pues puede pueden puedes puedo que quien quienes quiere quieres
        quiero quisiera saber se sea ser seria si sin sino sobre solo somos son soy su sus tal
        tambien tan tanto tardes te tengo tiene tienen tienes todo todos tu tus u un una unas uno
        unos usted ustedes va vamos van vez voy y ya yo
    """,
    "en": """
        a about actually all also am an and any are as at be because been but by can could d day did
        do does doing don for from get give go going good got had has have having hello hey hi him
        her his how i if in into is isn it its just know let like ll m may me more morning most much
        must my no not now of ok on one only or our out over please re s say should so some such t
        tell than thank thanks that the their them then there these they thing this those to too
        up us ve very want was we well were what when where which while who whom why will with would
        yes you your
    """,
}
FILLERS = {language: frozenset(words.split()) for language, words in _FILLERS.items()}

_WORD = re.compile(r"[a-z]+|\d+(?:[.,]\d+)*")


def words(text: str, language: str) -> list[str]:
    """Return the folded words of a text without fillers; `2,999` becomes `2999`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    folded = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    found = (word.replace(",", "") for word in _WORD.findall(folded))
    return [word for word in found if word not in FILLERS[language]]


def stems(text: str, language: str) -> list[str]:
    """Return the stems of a text in order, fillers left out. `language` is `es` or `en`."""
    return [stem(word, language) for word in words(text, language)]


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """Return the Snowball stem of a folded word."""
    from snowballstemmer import stemmer

    # A stemmer has state, so threads must not share one.
    return str(stemmer(SNOWBALL[language]).stemWord(word))
