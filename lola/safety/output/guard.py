"""The output guard: leaks, then card data, links, claims, numbers and language, in this order.

Pure functions of the reply, this turn's sources and the deployment's canary. The agent loop asks
the model once for another reply with `Verdict.advice`, then sends a fixed sentence; the guard
itself never rewrites a reply (docs/safety.md G6 to G9).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from secrets import token_hex

from lola.safety.input.redaction import CARD_DATA, redact
from lola.safety.output.disguise import is_disguised
from lola.safety.output.figures import normal_form
from lola.safety.output.findings import Finding
from lola.safety.output.grounding import Sources, check
from lola.safety.output.leak import leaks
from lola.safety.output.links import foreign_links
from lola.safety.output.lures import lures_in
from lola.text.language import is_foreign
from lola.text.languages import DEFAULT_LANGUAGE, LANGUAGES
from lola.text.third_language import is_third_language

_EXCERPT = 60
TOO_LONG = Finding(guard="length", excerpt="", why="answer in a few short sentences")
MAX_REPLY = 6_000
"""Characters of a reply that the guards read: more than MAX_OUTPUT_TOKENS' default allows in either
language, so a longer one comes from a server that ignores the limit. It is refused unread, because
what is cut off could change what the rest says.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the guards found in a reply. `details` quote the reply, so they must never be logged."""

    details: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Return whether the reply may be sent."""
        return not self.details

    @property
    def findings(self) -> tuple[str, ...]:
        """The guards that found something, each once, in order; fit for records and metrics."""
        return tuple(dict.fromkeys(finding.guard for finding in self.details))

    @property
    def advice(self) -> str:
        """What to tell the model before it tries again; empty when the reply may be sent."""
        if not self.details:
            return ""
        # Leaked text is not quoted to the model again, in whichever finding it is.
        is_secret = {"leak", "card"} & set(self.findings)
        lines = "; ".join(
            finding.why if is_secret else f"“{finding.excerpt}”: {finding.why}"
            for finding in self.details
        )
        return (
            "The last reply was not sent. Write it again with facts from the results and approved "
            f"texts only, and no other links. Problems: {lines}"
        )


class OutputGuard:
    """Reviews replies of one deployment. `canary` is in every system text and nowhere else.

    `approved` are the sentences that code sends; a reply may share them with the instructions.
    """

    def __init__(
        self,
        *,
        canary: str = "",
        allowed_hosts: Iterable[str] = (),
        approved: Iterable[str] = (),
    ) -> None:
        self._canary = canary
        self._allowed_hosts = tuple(allowed_hosts)
        self._approved = "\n".join(approved)

    def review(
        self, text: str, sources: Sources, language: str, *, system: str = "", tools: str = ""
    ) -> Verdict:
        """Return the verdict on all that a reply shows; `text` has its labels on further lines.

        `system` is the system text that the model was given, and `tools` are the names and
        descriptions of its tools; neither must be repeated.
        """
        # One character may be normalised to eighteen, so the form that is read counts too.
        if len(text) > MAX_REPLY or len(normal_form(text)) > MAX_REPLY:
            return Verdict(details=(TOO_LONG,))
        found = (
            *self._leaks(text, (system, tools), sources),
            *self._cards(text),
            *self._links(text, sources),
            *check(text, sources, language),
            *self._language(text, language),
        )
        return Verdict(details=found)

    def _leaks(self, text: str, secrets: Iterable[str], sources: Sources) -> Iterable[Finding]:
        approved = (self._approved, *sources.passages)
        if why := leaks(text, secrets, self._canary, approved):
            yield Finding(guard="leak", excerpt="", why=why)

    def _cards(self, text: str) -> Iterable[Finding]:
        if not CARD_DATA.isdisjoint(redact(text).found):
            yield Finding(guard="card", excerpt="", why="it holds card data")

    def _links(self, text: str, sources: Sources) -> Iterable[Finding]:
        for link in foreign_links(text, sources.links, self._allowed_hosts):
            yield Finding(guard="links", excerpt=link, why="this address is not an approved one")
        for lure in lures_in(text, (*sources.passages, self._approved)):
            yield Finding(guard="links", excerpt=lure, why="no approved text invites to this")

    def _language(self, text: str, language: str) -> Iterable[Finding]:
        if is_foreign(text, language) or is_third_language(text) or is_disguised(text):
            wanted = LANGUAGES.get(language, LANGUAGES[DEFAULT_LANGUAGE])
            yield Finding(
                guard="language", excerpt=text[:_EXCERPT], why=f"it must be in plain {wanted}"
            )


def new_canary() -> str:
    """Return a random word that no text holds by chance, for one deployment's system texts."""
    return f"lola-{token_hex(8)}"
