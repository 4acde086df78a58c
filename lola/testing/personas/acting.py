"""Decides what a simulated sender does next, by rules: one line or tap at a time.

It sees what a sender sees, never the service's state. The same persona and seed do the same things.
"""

import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lola.testing.device import Received
from lola.testing.personas.persona import Moment, Persona
from lola.testing.personas.questions import asked, confirm_title, options_of
from lola.testing.personas.world import is_served, payee
from lola.text.folding import fold

FACTS = frozenset({"country", "amount", "recipient", "method", "payer", "account"})
PATIENCE = 3
"""The same question is answered so many times."""
TAPPERS = 0.3
"""The share of senders who tap where they can."""
NOT_KNOWN = {"es": "no sé", "en": "i don't know"}
WISH = {"es": "quiero enviar dinero", "en": "i want to send money"}
_MONEY = re.compile(r"\d\.\d\d [A-Z]{3}\b")
YES = {"es": "sí", "en": "yes"}
NO = {"es": "no", "en": "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the sender does: writes a text, or chooses an option by its title."""

    text: str
    is_choice: bool = False


class Acting:
    """One persona during one conversation."""

    def __init__(self, persona: Persona, seed: int) -> None:
        self._persona = persona
        self._left = list(persona.twists)
        self._times: Counter[str] = Counter()
        self._open = ""
        self._shown = ""
        self._is_linked = False
        luck = random.Random(f"{seed}:{persona.id}")  # noqa: S311 - a repeatable choice, no secret
        self._taps = luck.random() < TAPPERS

    def first(self) -> Line:
        """Return the opening."""
        return Line(text=self._persona.opening)

    def next(self, replies: Sequence[Received]) -> Line | None:
        """Return what follows what was just received; None when the sender is done."""
        if twist := self._twist("start"):
            return twist
        question = asked(replies)
        self._is_linked = self._is_linked or any(reply.links for reply in replies)
        if self._persona.goal in {"link", "give_up", "quote"}:
            return self._in_transfer(question, replies)
        if twist := self._twist("mid"):
            return twist
        if question in FACTS:
            return self._fact(question, replies)
        return self._in_general(question)

    def _in_transfer(self, question: str, replies: Sequence[Received]) -> Line | None:
        if self._is_linked and (twist := self._twist("after_link")):
            return twist
        if question == "summary":
            return self._summary(replies)
        if self._is_linked and not question:
            return None
        is_begun = bool(self._times) or question not in FACTS
        if not self._is_linked and is_begun and (twist := self._twist("mid")):
            self._open = question or self._open
            return twist
        if question in FACTS:
            return self._fact(question, replies)
        return self._in_general(question)

    def _summary(self, replies: Sequence[Received]) -> Line | None:
        shown = "\n".join(reply.text for reply in replies)
        self._shown = shown if _MONEY.search(shown) else self._shown
        if twist := self._twist("mid") or self._twist("after_summary"):
            return twist
        if self._sees_other_amount():
            self._times["amount"] += 1
            return Line(text=str(self._persona.answers.amount))
        written = self._persona.answers.confirm
        title = confirm_title(replies)
        self._times["summary"] += 1
        first = self._times["summary"] == 1 + self._times["changed"]
        if self._persona.goal == "quote" or written is None:
            return Line(text=written or NO[self._persona.lang]) if first else None
        if self._persona.goal == "give_up" and not self._waits("after_link"):
            return Line(text=written) if first else None
        if self._times["summary"] > PATIENCE + 1:
            return None
        if self._taps or not first:
            return Line(text=title, is_choice=True)
        return Line(text=written)

    def _sees_other_amount(self) -> bool:
        """Return whether the summary lacks the amount, which the sender was never asked for."""
        wanted = money_figure(self._persona.amount)
        return bool(wanted) and not self._times["amount"] and wanted not in self._shown

    def _fact(self, name: str, replies: Sequence[Received]) -> Line | None:
        self._open = name
        self._times[name] += 1
        if self._times[name] > PATIENCE or self._is_hopeless(name):
            return None
        said = getattr(self._persona.answers, name) or NOT_KNOWN[self._persona.lang]
        options = options_of(replies)
        if self._taps and (fitting := _fitting(said, options)):
            return Line(text=fitting, is_choice=True)
        if name == "payer" and self._times[name] > 1 and options and not payee(self._persona):
            return Line(text=options[0], is_choice=True)
        return Line(text=str(said))

    def _is_hopeless(self, name: str) -> bool:
        """Return whether the sender has learned that what they want is not there."""
        persona = self._persona
        if persona.goal == "give_up" or self._times[name] == 1:
            return False
        if name in {"country", "method"}:
            return not is_served(persona)
        return name == "payer" and persona.method == "bank" and not payee(persona)

    def _in_general(self, question: str) -> Line | None:
        persona = self._persona
        self._times[f"else {question}"] += 1
        if self._times[f"else {question}"] > 1:
            return None
        if question == "start":
            agreed = YES[persona.lang] if persona.goal == "link" else persona.answers.confirm
            return Line(text=agreed or NO[persona.lang])
        if question == "help":
            return self._restated()
        if self._open and not question and self._persona.goal == "link":
            return self._fact(self._open, ())
        if not question and persona.goal in {"link", "register"} and not self._is_linked:
            return self._restated()
        return None

    def _restated(self) -> Line:
        is_transfer = self._persona.goal in {"link", "give_up"}
        return Line(text=WISH[self._persona.lang] if is_transfer else self._persona.opening)

    def _waits(self, moment: Moment) -> bool:
        return any(twist.when == moment for twist in self._left)

    def _twist(self, moment: Moment) -> Line | None:
        for twist in self._left:
            if twist.when == moment:
                self._left.remove(twist)
                if moment in {"after_summary", "after_link"}:
                    self._times["changed"] = self._times["summary"]
                return Line(text=twist.say)
        return None


def money_figure(amount: str | None) -> str:
    """Return an amount as a summary shows it, without the cents; empty for none."""
    return f"{int(Decimal(amount)):,}" if amount else ""


def _fitting(said: str, options: Sequence[str]) -> str:
    """Return the option that shares the most words with what would be said; empty for none."""
    words = set(fold(said).split())
    shared = {title: len(set(fold(title).split()) & words) for title in options}
    best = max(options, key=shared.__getitem__, default="")
    return best if shared.get(best) else ""
