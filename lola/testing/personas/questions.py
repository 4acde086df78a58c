"""Reads what the service asks, as a sender would: from the last question it wrote."""

import re
import tomllib
from collections.abc import Sequence
from importlib import resources

from lola.testing.device import Received
from lola.text.folding import fold

_SENTENCE = re.compile(r"[^?¿!\n]*\?")
_FILE = resources.files("lola.testing.personas").joinpath("questions.toml")
QUESTIONS: dict[str, list[str]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
CONFIRM = frozenset({"confirmar", "confirm"})


def asked(replies: Sequence[Received]) -> str:
    """Return what the newest question asks for; empty when there is none, or an unknown one."""
    if confirm_title(replies):
        return "summary"
    written = "\n".join(reply.text for reply in replies)
    for sentence in reversed(_SENTENCE.findall(written)):
        words = f" {fold(sentence)}"
        for name, parts in QUESTIONS.items():
            if any(f" {fold(part)}" in words for part in parts):
                return name
    return ""


def options_of(replies: Sequence[Received]) -> tuple[str, ...]:
    """Return the titles that can be chosen now."""
    return tuple(title for reply in replies for _, title in reply.options)


def confirm_title(replies: Sequence[Received]) -> str:
    """Return the title of the option that confirms a summary; empty when none is open."""
    return next((title for title in options_of(replies) if fold(title) in CONFIRM), "")
