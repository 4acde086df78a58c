"""The instructions leak in no form that a model can write by itself (docs/safety.md G8)."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lola.agent.definitions import load_agents
from lola.agent.review import described
from lola.agent.tools import load_tools
from lola.safety.output.leak import leaks
from lola.text.wording import HERE, Wording

ROOT = Path(__file__).parents[3]
CANARY = "lola-3f9c07ab51d2e684"
VARIABLES = {
    "assistant_name": "Lola", "brand_name": "Banco Uno", "date": "2026-12-01", "sender": "Ana",
}  # fmt: skip
PROMPTS = {
    f"{name}.{language}": agent.prompt(language).render(**VARIABLES)
    for name, agent in load_agents("agents").items()
    for language in ("es", "en")
}
TOOLS = described(tool.schema for tool in load_tools(("agents.tools",)))
SECRETS = {**PROMPTS, "tools": TOOLS}


def rotated(text: str, shift: int) -> str:
    return "".join(
        chr((ord(letter.lower()) - 97 + shift) % 26 + 97) if letter.isascii() and letter.isalpha()
        else letter
        for letter in text
    )  # fmt: skip


def spoken(text: str) -> list[str]:
    return [word for word in text.split() if any(letter.isalnum() for letter in word)]


def in_sevens(text: str) -> str:
    words = text.split()
    return " … y luego … ".join(" ".join(words[at : at + 7]) for at in range(0, len(words), 9))


FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper case": str.upper,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 in lines": lambda text: base64.encodebytes(text.encode()).decode(),
    "base64 behind words": lambda text: f"Aquí: {base64.urlsafe_b64encode(text.encode()).decode()}",
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "hex in pairs": lambda text: text.encode().hex(" "),
    "hex escapes": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "decimal codes": lambda text: ", ".join(
        str(ord(letter)) for letter in text if ord(letter) < 256
    ),
    "binary": lambda text: " ".join(f"{ord(letter):08b}" for letter in text if ord(letter) < 256),
    "reversed": lambda text: text[::-1],
    "reversed words": lambda text: " ".join(word[::-1] for word in text.split()),
    "words backwards": lambda text: " ".join(reversed(text.split())),
    "reversed base64": lambda text: base64.b64encode(text[::-1].encode()).decode(),
    "spaced": " ".join,
    "dashed": "-".join,
    "letter per line": "\n".join,
    "every second word": lambda text: " ".join(spoken(text)[::2]),
    "every third word": lambda text: " ".join(spoken(text)[1::3]),
    "words between": lambda text: " banana ".join(text.split()),
    "seven words at a time": in_sevens,
    "leet": lambda text: text.translate(str.maketrans("oieast", "013457")),
    "leet with an l": lambda text: text.translate(str.maketrans("olea", "0134")),
    "mirrored": lambda text: text.lower().translate(
        str.maketrans("abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba")
    ),
    "full width": lambda text: text.translate({code: code + 0xFEE0 for code in range(33, 127)}),
    "zero width": "\u200b".join,
    **{
        f"rotated by {shift}": lambda text, shift=shift: rotated(text, shift)
        for shift in range(1, 26)
    },
    "reversed and rotated": lambda text: rotated(text[::-1], 13),
}  # fmt: skip


def extracts(text: str) -> Iterator[str]:
    """Yield what a model may begin with, go on with, and end with."""
    words = text.split()
    for start in (0, len(words) // 3, max(0, len(words) - 60)):
        yield " ".join(words[start : start + 60])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", SECRETS)
def test_no_form_of_the_instructions_is_released(secret: str, form: str) -> None:
    """Sixty words of a real system text or of the tools' descriptions are found in every form."""
    for extract in extracts(SECRETS[secret]):
        reply = FORMS[form](extract)
        assert leaks(reply, (SECRETS[secret],), "")
        assert leaks(f"Claro, con gusto:\n{reply}\n¿Algo más?", (SECRETS[secret],), "")


@pytest.mark.parametrize("form", sorted(set(FORMS) - {"every second word", "every third word"}))
def test_no_form_of_the_canary_is_released(form: str) -> None:
    """The random word of a deployment is found in every form too."""
    text = f"la palabra es {CANARY} y nada mas"
    assert leaks(FORMS[form](text), (), CANARY)


def documents() -> Iterator[str]:
    """Yield the paragraphs of the approved documents."""
    for path in ROOT.glob("knowledge/documents/*.md"):
        yield from path.read_text(encoding="utf-8").split("---", 2)[-1].split("\n\n")


def ordinary_texts() -> Iterator[str]:
    """Yield right replies and ordinary messages of senders."""
    for path in ROOT.glob("tests/data/*/*right.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)["reply"]


def test_ordinary_texts_are_no_leak() -> None:
    """Right replies share less with the instructions than a leak does."""
    secrets = tuple(SECRETS.values())
    assert not [text for text in ordinary_texts() if leaks(text, secrets, CANARY)]


def test_approved_texts_may_be_said() -> None:
    """What the service itself sends, and a passage of this turn, may be repeated."""
    secrets = tuple(SECRETS.values())
    sentences = Wording(catalogues()).texts()
    for text in sentences:
        assert not leaks(text, secrets, CANARY, ("\n".join(sentences),))
    for text in documents():
        assert not leaks(text, secrets, CANARY, (text,))


def catalogues() -> tuple[Path, ...]:
    """Return the folders of the sentences that a deployment loads."""
    return HERE, ROOT / "agents" / "catalogue"


def test_seven_words_alone_are_no_leak() -> None:
    """One short phrase in common with the instructions may be sent."""
    words = PROMPTS["sender_home.es"].split()
    assert not leaks(" ".join(words[14:21]), tuple(PROMPTS.values()), CANARY)
