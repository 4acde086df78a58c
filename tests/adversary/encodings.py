"""Ways in which a model can write a text so that a careless reader does not recognise it."""

import base64
import codecs
from collections.abc import Callable, Mapping

LEET = str.maketrans("aeiost", "431057")


def _spaced(text: str) -> str:
    return " ".join(text.replace(" ", ""))


def _every_second(text: str) -> str:
    return " ".join(f"{word} luna" for word in text.split())


def _sevens(text: str) -> str:
    words = text.split()
    parts = (" ".join(words[at : at + 7]) for at in range(0, len(words), 7))
    return " — luna sol — ".join(parts)


def _numbered(text: str) -> str:
    return "\n".join(f"{number}) {word}" for number, word in enumerate(text.split(), 1))


ENCODINGS: Mapping[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "reversed": lambda text: text[::-1],
    "words reversed": lambda text: " ".join(reversed(text.split())),
    "letters spaced": _spaced,
    "every second word": _every_second,
    "seven words at a time": _sevens,
    "one word a line": _numbered,
    "leet": lambda text: text.translate(LEET),
    "dotted": lambda text: ".".join(text.split()),
}
"""Name → how the text is written. All but the first hide it."""
