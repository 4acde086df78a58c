"""Every sentence that code sends to a sender, from hand-written catalogues in all languages.

A catalogue is a TOML file whose stem is the first part of the key; each entry holds all languages
side by side, so that a missing one is obvious:

    [text_only]
    es = "Por ahora solo puedo leer texto."
    es_usted = "…"            # only where "usted" changes the sentence
    en = "For now I can only read text."

Placeholders are `{name}`, the same ones in every language. `Wording` refuses to load otherwise, so
that a typing error is found at start.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from string import Formatter
from typing import Literal

from lola.errors import ConfigurationError
from lola.text.languages import DEFAULT_LANGUAGE, LANGUAGES

HERE = Path(__file__).parent / "catalogue"


class Wording:
    """The catalogues, loaded and checked. Call it with a key, a language and the placeholders."""

    def __init__(
        self,
        folders: Iterable[Path] = (HERE,),
        *,
        formality: Literal["tu", "usted"] = "tu",
    ) -> None:
        self._formality = formality
        self._sentences: dict[str, dict[str, str]] = {}
        for folder in folders:
            for path in sorted(folder.glob("*.toml")):
                self._load(path)

    def __call__(self, key: str, language: str, **values: object) -> str:
        """Return the sentence; in Spanish for an unknown language (reference/lola.md 7)."""
        return self.pattern(key, language).format(**values)

    def pattern(self, key: str, language: str) -> str:
        """Return the same sentence with its placeholders."""
        sentence = self._sentences[key]
        if language == "es" and self._formality == "usted" and "es_usted" in sentence:
            return sentence["es_usted"]
        return sentence.get(language, sentence[DEFAULT_LANGUAGE])

    def keys(self) -> tuple[str, ...]:
        """Return every key, for tests and documentation."""
        return tuple(self._sentences)

    def texts(self) -> tuple[str, ...]:
        """Return every sentence in every language and form of address, with its placeholders."""
        return tuple(text for entry in self._sentences.values() for text in entry.values())

    def _load(self, path: Path) -> None:
        for name, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            key = f"{path.stem}.{name}"
            if key in self._sentences:
                raise ConfigurationError(f"wording {key}", "is declared twice")
            if missing := set(LANGUAGES) - set(entry):
                raise ConfigurationError(f"wording {key}", f"lacks {', '.join(sorted(missing))}")
            names = {language: _placeholders(text) for language, text in entry.items()}
            if len(set(names.values())) > 1:
                raise ConfigurationError(f"wording {key}", "uses other placeholders per language")
            self._sentences[key] = entry


def _placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)
