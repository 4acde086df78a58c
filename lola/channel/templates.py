"""The message templates of this deployment: what is submitted for approval, and how one is filled.

The texts are in the catalogue `templates`, in every language; the table here has their variables.
Providers' rules that hold on WhatsApp in any case are checked when the service starts
(reference/channels.md 1.14). Nothing is sent here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from string import Formatter
from typing import Literal

from lola.domain.messages import Notice
from lola.errors import ConfigurationError
from lola.text.languages import DEFAULT_LANGUAGE, LANGUAGES
from lola.text.wording import Wording

CATALOGUE = "templates"
CATEGORY = "UTILITY"
PREFIX = "lola_"
BODY_LIMIT = 1024
VALUE_LIMIT = 60

TemplateStatus = Literal["unsubmitted", "pending", "approved", "rejected", "paused", "disabled"]
"""What a provider says of a template; only `approved` may be sent."""

SAMPLES: Mapping[str, str] = {
    "recipient": "Rosa",
    "send": "200.00 USD",
    "receive": "3,450.00 MXN",
    "reference": "op_7F3K2M9Q",
    "minutes": "10",
}
"""Each variable that a text may use, with the sample that reviewers see."""

PERSON_ANSWERED = "person_answered"
"""Announces what staff wrote, which follows when the sender writes."""

TEMPLATES = (
    "transfer_approved",
    "transfer_registered",
    "transfer_completed",
    "transfer_ended",
    "transfer_failed",
    "transfer_cancelled",
    "payment_failed",
    "link_expiring",
    "verification_done",
    PERSON_ANSWERED,
)
"""Every template, as its key in the catalogue."""

_SHORTENED = frozenset({"recipient"})
_EDGE = re.compile(r"\A\W*\{|\}\W*\Z")
_ADJACENT = re.compile(r"\}\s*\{")
_BLANKS = re.compile(r"\t| {4}|\n{3}")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """One text in one language. `text` has its variables as `{name}`."""

    key: str
    language: str
    text: str

    @property
    def name(self) -> str:
        """The provider's name: another text is another template, approved by itself."""
        return f"{PREFIX}{self.key}_{sha256(self.text.encode()).hexdigest()[:8]}"

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables in the order of their first use."""
        return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(self.text) if name))

    def body(self, marks: Mapping[str, str]) -> str:
        """Return the text with each variable replaced by its mark or value."""
        return self.text.format(**marks)

    def samples(self) -> dict[str, str]:
        """Return the sample of each variable."""
        return {name: SAMPLES[name] for name in self.variables}

    def problem(self) -> str:
        """Return the first rule of Meta that the text breaks, or ""."""
        if unknown := set(self.variables) - SAMPLES.keys():
            return f"has no sample for {', '.join(sorted(unknown))}"
        fixed = self.body(dict.fromkeys(self.variables, " "))
        words = len(_WORD.findall(fixed))
        rules = (
            (_EDGE.search(self.text), "begins or ends with a variable"),
            (_ADJACENT.search(self.text), "has two variables side by side"),
            (_BLANKS.search(self.text), "holds a tab, four blanks or two empty lines"),
            (words <= 2 * len(self.variables), "has too few words for its variables"),
            (len(self.body(self.samples())) > BODY_LIMIT, f"is longer than {BODY_LIMIT}"),
        )
        return next((problem for broken, problem in rules if broken), "")

    def fill(self, values: Mapping[str, str]) -> dict[str, str] | None:
        """Return the value of each variable as a provider takes it, or None if one is unusable."""
        filled = {}
        for name in self.variables:
            value = " ".join(values.get(name, "").split())
            if len(value) > VALUE_LIMIT and name in _SHORTENED:
                value = f"{value[: VALUE_LIMIT - 1].rstrip()}…"
            if not value or len(value) > VALUE_LIMIT:
                return None
            filled[name] = value
        return filled if len(self.body(filled)) <= BODY_LIMIT else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderTemplate:
    """A template as its provider has it. `reason` is why it was refused or stopped."""

    name: str
    language: str
    status: TemplateStatus
    id: str = ""
    category: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledTemplate:
    """An approved template with the value of each variable, in order."""

    template: MessageTemplate
    values: Mapping[str, str]
    provider: ProviderTemplate


class MessageTemplates:
    """All templates in all languages. Raises ConfigurationError for a text that no one approves."""

    def __init__(self, wording: Wording) -> None:
        self._known: dict[tuple[str, str], MessageTemplate] = {}
        for key in TEMPLATES:
            for language in LANGUAGES:
                text = wording.pattern(f"{CATALOGUE}.{key}", language)
                template = MessageTemplate(key=key, language=language, text=text)
                if problem := template.problem():
                    raise ConfigurationError(f"template {key} ({language})", problem)
                self._known[key, language] = template

    def __iter__(self) -> Iterator[MessageTemplate]:
        return iter(self._known.values())

    def of(self, notice: Notice, language: str) -> MessageTemplate | None:
        """Return the template of a notice, in Spanish for an unknown language, or None."""
        found = self._known.get((notice.template, language))
        return found or self._known.get((notice.template, DEFAULT_LANGUAGE))
