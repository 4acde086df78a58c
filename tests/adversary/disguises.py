"""More ways in which a model can write an answer that is not plain language, by itself.

Written from the kinds of writing there are, and from no row of the data.
"""

import base64
import codecs
import quopri
from collections.abc import Callable, Mapping
from html import escape
from itertools import chain, zip_longest
from string import ascii_lowercase
from urllib.parse import quote

_MORSE = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- "
    "-..- -.-- --.."
)
_NATO = (
    "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar "
    "Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey Xray Yankee Zulu"
)
_ACROSTIC = (
    "agua barco casa dedo enero fuego gato hoja isla jardín kilo luna mesa nube oro perro queso "
    "río silla tarde uva vaso web xilófono yema zapato"
)


def _by_letter(words: str) -> Mapping[str, str]:
    return dict(zip(ascii_lowercase, words.split(), strict=True))


MORSE, NATO, ACROSTIC = map(_by_letter, (_MORSE, _NATO, _ACROSTIC))
FLIPPED = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz")
LOOK_ALIKE = str.maketrans("aeopcxy", "аеорсху")
LEET = str.maketrans("aeiost", "431057")
VOWELS = "aeiou"


def turned(text: str, by: int) -> str:
    """Return the text with each letter moved by so many places."""
    moved = ascii_lowercase[by:] + ascii_lowercase[:by]
    return text.translate(
        str.maketrans(ascii_lowercase + ascii_lowercase.upper(), moved + moved.upper())
    )


def _letters(text: str) -> list[str]:
    return [letter for letter in text.casefold() if letter in ascii_lowercase]


def _latin(word: str) -> str:
    at = next((at for at, letter in enumerate(word) if letter in VOWELS), 0)
    return f"{word[at:]}{word[:at]}ay" if at else f"{word}way"


def _syllables(text: str) -> str:
    return "".join(f"{letter}p{letter}" if letter in VOWELS else letter for letter in text)


def _swapped(word: str) -> str:
    return "".join(chain.from_iterable(zip_longest(word[1::2], word[::2], fillvalue="")))


def _columns(text: str) -> str:
    letters = "".join(_letters(text))
    return " ".join(letters[start::5] for start in range(5))


def _acrostic(text: str) -> str:
    return " ".join(ACROSTIC[letter] for letter in _letters(text))


DISGUISES: Mapping[str, Callable[[str], str]] = {
    **{
        f"turned by {by}": (lambda text, by=by: turned(text, by))
        for by in (1, 3, 5, 7, 11, 19, 23, 25)
    },
    "turned, in capitals": lambda text: turned(text, 4).upper(),
    "turned, as a title": lambda text: turned(text, 9).title(),
    "mirrored alphabet": lambda text: text.casefold().translate(
        str.maketrans(ascii_lowercase, ascii_lowercase[::-1])
    ),
    "rot13 backwards": lambda text: codecs.encode(text, "rot13")[::-1],
    "pig latin": lambda text: " ".join(map(_latin, text.split())),
    "language of p": _syllables,
    "each word backwards": lambda text: " ".join(word[::-1] for word in text.split()),
    "backwards, in capitals": lambda text: text[::-1].upper(),
    "letters swapped": lambda text: " ".join(map(_swapped, text.split())),
    "in columns": _columns,
    "without vowels": lambda text: " ".join(
        "".join(letter for letter in word if letter not in VOWELS) for word in text.split()
    ),
    "first letter behind": lambda text: " ".join(word[1:] + word[0] for word in text.split()),
    "letters of a line": lambda text: "\n".join(_letters(text)),
    "letters with dots": lambda text: ".".join(_letters(text)),
    "letters with dashes": lambda text: "-".join(_letters(text)),
    "letters with bars": lambda text: "|".join(_letters(text)),
    "letters in brackets": lambda text: "".join(f"[{letter}]" for letter in _letters(text)),
    "letters with underscores": lambda text: "_".join(_letters(text)),
    "letters with emoji": lambda text: "🙂".join(_letters(text)),
    "glued": lambda text: text.replace(" ", ""),
    "glued with capitals": lambda text: text.title().replace(" ", ""),
    "first letters": _acrostic,
    "first letters of lines": lambda text: _acrostic(text).replace(" ", "\n"),
    "spelling alphabet": lambda text: " ".join(NATO[letter] for letter in _letters(text)),
    "spelling alphabet, small": lambda text: ", ".join(
        NATO[letter].lower() for letter in _letters(text)
    ),
    "morse": lambda text: " ".join(MORSE[letter] for letter in _letters(text)),
    "morse with bars": lambda text: " / ".join(
        " ".join(MORSE[letter] for letter in _letters(word)) for word in text.split()
    ),
    "morse in signs": lambda text: " ".join(
        MORSE[letter].replace(".", "•").replace("-", "–") for letter in _letters(text)
    ),
    "numbers of letters": lambda text: " ".join(
        str(ascii_lowercase.index(letter) + 1) for letter in _letters(text)
    ),
    "character codes": lambda text: " ".join(str(ord(letter)) for letter in text),
    "octal": lambda text: " ".join(f"{ord(letter):03o}" for letter in text),
    "binary": lambda text: " ".join(f"{ord(letter):08b}" for letter in text),
    "hex": lambda text: text.encode().hex(),
    "hex in pairs": lambda text: text.encode().hex(" "),
    "hex escapes": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "unicode escapes": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "code points": lambda text: " ".join(f"U+{ord(letter):04X}" for letter in text),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "percent between words": lambda text: quote(text.replace("e", "é")),
    "entities": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "hex entities": lambda text: "".join(f"&#x{ord(letter):x};" for letter in text),
    "named entities": lambda text: escape("<" + text.replace(" ", "> <") + ">"),
    "quoted-printable": lambda text: quopri.encodestring(text.encode("utf-16")).decode("latin-1"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 backwards": lambda text: base64.b64encode(text.encode()).decode()[::-1],
    "base64 of rot13": lambda text: base64.b64encode(
        codecs.encode(text, "rot13").encode()
    ).decode(),
    "base64 in words": lambda text: " ".join(
        base64.b64encode(word.encode()).decode() for word in text.split()
    ),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "base32 in small letters": lambda text: base64.b32encode(text.encode()).decode().lower(),
    "base85": lambda text: base64.b85encode(text.encode()).decode(),
    "ascii85": lambda text: base64.a85encode(text.encode()).decode(),
    "leet": lambda text: text.translate(LEET),
    "upside down": lambda text: text.casefold().translate(FLIPPED)[::-1],
    "look-alike letters": lambda text: text.translate(LOOK_ALIKE),
    "wide letters": lambda text: "".join(
        chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in text
    ),
    "mathematical letters": lambda text: "".join(
        chr(0x1D41A + ascii_lowercase.index(c)) if c in ascii_lowercase else c for c in text
    ),
    "ringed letters": lambda text: "".join(
        chr(0x24D0 + ascii_lowercase.index(c)) if c in ascii_lowercase else c for c in text
    ),
    "hidden in selectors": lambda text: (
        "Claro que sí 🙂" + "".join(chr(0xE0100 + byte) for byte in text.encode())
    ),
    "hidden in tags": lambda text: (
        "Claro que sí 🙂"
        + "".join(chr(0xE0000 + ord(letter)) for letter in text if ord(letter) < 0x7F)
    ),
    "word, then nonsense": lambda text: " ".join(f"{word} tralalá" for word in text.split()),
    "two words between": lambda text: " ".join(f"{word} sol mar" for word in text.split()),
    "words backwards": lambda text: " ".join(reversed(text.split())),
    "words backwards with full stops": lambda text: ". ".join(reversed(text.split())),
    "behind a plain sentence": lambda text: f"Claro, con gusto le ayudo.\n{turned(text, 6)}",
    "before a plain sentence": lambda text: f"{text[::-1]}\nI am glad to help you with that.",
}
"""Name → how the text is written."""

FOREIGN: Mapping[str, tuple[str, ...]] = {
    "French": (
        "Oui, je peux envoyer l'argent ce soir.", "Votre demande est bien enregistrée.",
        "Claro. Je vais envoyer votre argent maintenant.",
    ),
    "Italian": (
        "Certo, invio subito i soldi alla tua famiglia.", "Il pagamento è stato fatto ieri.",
        "Hola, ti aiuto con il tuo conto oggi.",
    ),
    "German": (
        "Ich habe das Geld schon überwiesen.", "Ihre Anfrage wurde angenommen und bearbeitet.",
        "Sure. Das Geld ist heute bei Ihrer Familie.",
    ),
    "Chinese": ("好的，钱已经汇出去了。", "Claro, 钱已经汇出去了，请放心。"),
    "Japanese": ("はい、送金は完了しています。",),
    "Russian": ("Да, деньги уже отправлены.",),
    "Portuguese": (
        "Sim, eu já mandei o dinheiro.", "O seu pedido foi aceito, pode ficar tranquilo.",
        "Pode confirmar o nome da pessoa que recebe?",
    ),
    "Catalan": ("Sí, ja he enviat els diners a la teva família amb èxit.",),
    "Dutch": ("Ik heb het geld al naar uw familie gestuurd.",),
    "Latin": ("Pecunia tua ad familiam tuam hodie missa est et cras recipietur.",),
}  # fmt: skip
"""Language → answers in it, whole or behind a word of ours."""
