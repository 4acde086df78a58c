"""Every pattern and every reader of texts takes time that grows no faster than the text.

One sender, or one reply of a model, must not occupy a worker (docs/safety.md 3.5). CPU time of a
text and of one four times as long is compared: the fastest of several runs, and only above a floor,
so that a busy machine decides nothing. Linear is 4, quadratic 16.
"""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from time import thread_time
from types import ModuleType
from typing import Any

import pytest

from lola.channel.rendering import split, with_bold
from lola.consent.reader import read as read_wish
from lola.formatting.answer import format_answer
from lola.models.offline.nlu.reader import understand as read_line
from lola.models.offline.nlu.text import split as split_words
from lola.models.thoughts import without_thoughts
from lola.safety.input.hygiene import clean
from lola.safety.input.redaction import redact_stored
from lola.safety.input.split_cards import without_split_cards
from lola.safety.output.claims import unsupported_claims
from lola.safety.output.figures import figures_in, normal_form
from lola.safety.output.grounding import Sources, check
from lola.safety.output.guard import OutputGuard
from lola.safety.output.leak import leaks
from lola.safety.output.links import foreign_links
from lola.safety.output.lures import lures_in
from lola.safety.output.outgoing import OutgoingCheck
from lola.text.language import detect, explicit_wish
from lola.text.number_words import digits_for_words
from lola.text.person_names import person_name
from lola.text.wording import Wording
from tests.unit.pattern_samples import hostile_texts

PACKAGES = ("lola", "channels", "agents", "middleware", "knowledge")
# Both are for development and never run beside senders.
NOT_PRODUCT = ("lola.sandbox", "lola.testing")
LENGTH = 2_400
FLOOR_SECONDS = 0.004
MOST_GROWTH = 8.0
RUNS = 5


def grows_too_fast(work: Callable[[str], object], text: str) -> bool:
    """Return whether four times the text takes much more than four times as long."""
    if _seconds(work, text) < FLOOR_SECONDS:
        return False
    short = text[: len(text) // 4] + text[-1]
    for runs in (1, RUNS, 2 * RUNS):
        long_time = min(_seconds(work, text) for _ in range(runs))
        short_time = min(_seconds(work, short) for _ in range(runs))
        if long_time < FLOOR_SECONDS or long_time <= MOST_GROWTH * short_time:
            return False
    return True


def _seconds(work: Callable[[str], object], text: str) -> float:
    start = thread_time()
    work(text)
    return thread_time() - start


def product_modules() -> Iterator[ModuleType]:
    for package in map(importlib.import_module, PACKAGES):
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.startswith(NOT_PRODUCT) and not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def _inside(value: object, depth: int = 4) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, dict) and depth:
        yield from _inside((*value.keys(), *value.values()), depth - 1)
    elif isinstance(value, tuple | list | set | frozenset) and depth:
        for item in value:
            yield from _inside(item, depth - 1)


def _written_in_calls(module: ModuleType) -> Iterator[re.Pattern[str]]:
    """Yield the literal patterns of `re.sub("…")` and the like, wherever they are called."""
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=called),
                args=[ast.Constant(value=str(pattern)), *_],
            ) if called not in {"compile", "escape"}:
                yield re.compile(pattern)


def product_patterns() -> dict[str, re.Pattern[str]]:
    """Return every pattern once, by a name that says where it is."""
    found: dict[tuple[str, int], tuple[str, re.Pattern[str]]] = {}
    for module in product_modules():
        names: dict[str, Any] = dict(vars(module))
        for name, value in tuple(names.items()):
            if inspect.isclass(value) and value.__module__ == module.__name__:
                names |= {f"{name}.{key}": item for key, item in vars(value).items()}
        placed = [(name, item) for name, value in names.items() for item in _inside(value)]
        placed += [("called", item) for item in _written_in_calls(module)]
        for name, pattern in placed:
            place = f"{module.__name__}.{name}"
            found.setdefault((pattern.pattern, pattern.flags), (place, pattern))
    return {f"{place} {number}": pattern for number, (place, pattern) in enumerate(found.values())}


PATTERNS = product_patterns()


def test_the_patterns_of_all_parts_are_collected() -> None:
    """The walk finds patterns in module globals, in tuples and in calls."""
    places = " ".join(PATTERNS)
    assert len(PATTERNS) > 200
    assert "lola.safety.output.clauses._TOKEN" in places
    assert "lola.safety.output.figure_patterns.REFERENCE" in places
    assert "called" in places


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_takes_linear_time(name: str) -> None:
    """Searching a hostile text four times as long takes about four times as long."""
    pattern = PATTERNS[name]

    def search(text: str) -> None:
        for _ in pattern.finditer(text):
            pass

    slow = [text for text in hostile_texts(pattern, LENGTH) if grows_too_fast(search, text)]
    assert not slow, f"{pattern.pattern!r} on {slow[0][:60]!r}"


@pytest.mark.parametrize(
    "pattern",
    [r"\s+x", r"[ \t]+$", r"\S*@\S*", r"(?=[\w-]*\d)[a-z]+\d", r"# (.+?)[ \t]*#*$", r"<!--.*?-->"],
)
def test_a_quadratic_pattern_is_found(pattern: str) -> None:
    """The measurement tells quadratic patterns from linear ones."""
    quadratic = re.compile(pattern)

    def search(text: str) -> None:
        for _ in quadratic.finditer(text):
            pass

    assert any(grows_too_fast(search, text) for text in hostile_texts(quadratic, LENGTH))


WORDING = Wording()
GUARD = OutputGuard(canary="lola-0123456789abcdef", allowed_hosts=("bank.example",))


def _read_line(text: str) -> None:
    read_line.cache_clear()
    split_words.cache_clear()
    read_line(text)
    read_line(text[1:], expected="recipient_first_name", options=("Sí", "Banco Uno"))


READERS: dict[str, Callable[[str], object]] = {
    "guard": lambda text: GUARD.review(text, Sources(), "es", system="x" * 500),
    "grounding": lambda text: check(
        text, Sources(sender_words=text, tool_results=({"note": text},)), "es"
    ),
    "claims": lambda text: unsupported_claims(text, Sources()),
    "links": lambda text: foreign_links(text, ("https://a.example/c",), ("a.example",)),
    "leak": lambda text: leaks(
        text, ("x" * 500, "Never say the secret word. " * 9), "a1b2c3d4e5f6"
    ),
    "lures": lures_in,
    "figures": lambda text: figures_in(text, "es"),
    "normal_form": normal_form,
    "redaction": redact_stored,
    "split_cards": lambda text: without_split_cards((text, text)),
    "outgoing_check": OutgoingCheck().staff,
    "person_name": person_name,
    "hygiene": clean,
    "number_words": lambda text: digits_for_words(text, "es"),
    "language": detect,
    "wished_language": explicit_wish,
    "consent": read_wish,
    "offline_model": _read_line,
    "formatting": lambda text: format_answer(text, (), (), "es", WORDING),
    "rendering": lambda text: split(with_bold(text, "*"), 1_024),
    "thoughts": without_thoughts,
}
REPEATED = (
    " ", "\t", "\n", "-", "0", "a", ",", ".", "(", ")", "*", "_", "#", "[", "`", "x", "•", "!",
    "\u200b", "\u0316\u0301", "\ufdfa", "1 ", "no ", "mil ", "uno ", "cero ", "1, ", "a-", "-a",
    "a_-", "1-1--", "A1-", "5 mil ", "por ciento ", "y ", "is sent ", "fue enviado ", "if sent ",
    "te enviaremos ", "a@b.co ", "https://a.example/)", "//a ", "www.", "@abc", "12345678 ",
    "AB12 3456 7890 1234 5678 ", "4111 1111 1111 1111 ", "+5215512345678 ", "cvv 123 ",
    "vence 12/29 ", "12/12/2025 ", "9:30 ", "terminada en 1234 ", "$5 pesos ", "el total es 5 ",
    "- a\n", "1. a\n", "1)\n", "**a ", "**a** ", "Luis Pérez ", "para ", "a Mexico ", "[x](",
    "en english ", "speak spanish ", "<|channel|>a<", "<think>",
    "medio ", "de comisión 5 ", "1 dólar 5", "para 1 o ", "punto com ", "3 mil 5 ", "two fifty ",
    "[.] ", "instale ", "0x41", "aGVs",
)  # fmt: skip
COUNTED = " ".join(map(str, range(2_000)))


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_takes_linear_time(reader: str) -> None:
    """A text of repeated characters or words four times as long takes about four times."""
    texts = [(part * LENGTH)[:LENGTH] for part in REPEATED] + [COUNTED[:LENGTH]]
    slow = [text for text in texts if grows_too_fast(READERS[reader], text)]
    assert not slow, f"{reader} on {[text[:20] for text in slow]}"
