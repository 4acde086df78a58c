"""Removes what a model thought from what it says, on every wire.

Servers without a reasoning parser leave thoughts in the text, in the marks of the model's own
template. A template that writes the opening mark into the prompt leaves only the closing one
(reference/surprises.md 1.11).
"""

import re

# Opening and closing mark: DeepSeek and Qwen, Gemma, Mistral, Seed, Kimi, Cohere.
_MARKS = tuple(
    (re.compile(opening, re.IGNORECASE), re.compile(closing, re.IGNORECASE))
    for opening, closing in (
        (r"<\s*think(?:ing)?\s*>", r"<\s*/\s*think(?:ing)?\s*>"),
        (r"<\s*thoughts?\s*>", r"<\s*/\s*thoughts?\s*>"),
        (r"<\s*reasoning\s*>", r"<\s*/\s*reasoning\s*>"),
        (r"\[THINK\]", r"\[/THINK\]"),
        (r"<seed:think>", r"</seed:think>"),
        (r"◁think▷", r"◁/think▷"),
        (r"<\|START_THINKING\|>", r"<\|END_THINKING\|>"),
    )
)
# gpt-oss: `<|channel|>analysis<|message|>…<|end|>`; only the channel `final` is for the sender.
_CHANNEL = re.compile(
    r"<\|channel\|>\s*+(?P<name>\w++)[^<]*+(?:<\|constrain\|>[^<]*+)?<\|message\|>(?P<text>.*?)"
    r"(?=<\|(?:end|return|call|start|channel)\|>|\Z)",
    re.DOTALL,
)
_CONTROL = re.compile(r"<\|[a-z_]+\|>(?:assistant\b)?", re.IGNORECASE)
# The same where a server dropped the special tokens but not the names beside them.
_BARE_CHANNEL = re.compile(r"(?:analysis|commentary)(?=[A-ZÁÉÍÓÚÑ¡¿\"'])")
_LONGEST = 400_000
"""Characters that are read, as many as 100,000 tokens have: no reply with its thoughts is longer,
unless a server ignores the limit.
"""
_BARE_FINAL = "assistantfinal"


def without_thoughts(text: str) -> str:
    """Return what was said: empty when the model thought and said nothing."""
    text = text[:_LONGEST]
    if "<|channel|>" in text:
        text = "".join(
            found["text"] for found in _CHANNEL.finditer(text) if found["name"] == "final"
        )
    text = _without_bare_channels(text)
    for opening, closing in _MARKS:
        text = _between(text, opening, closing)
    return _CONTROL.sub("", text).strip()


def _between(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """Return the text outside the marks; a mark without its partner reaches to that end."""
    marks = sorted(
        [(found.start(), found.end(), True) for found in opening.finditer(text)]
        + [(found.start(), found.end(), False) for found in closing.finditer(text)]
    )
    said: list[str] = []
    position, is_thinking = 0, False
    for start, end, opens in marks:
        if opens and not is_thinking:
            said.append(text[position:start])
        elif not opens and not is_thinking:
            # Closed but never opened: everything before it was thought.
            said.clear()
        position, is_thinking = end, opens
    return "".join(said) + ("" if is_thinking else text[position:])


def _without_bare_channels(text: str) -> str:
    if not _BARE_CHANNEL.match(text):
        return text
    before, _, final = text.rpartition(_BARE_FINAL)
    return final if before else ""
