"""What each sender of a run does, and what becomes of their transfer; all of it from a seed."""

from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from lola.domain.messages import JsonObject
from reliability.money.claims import Language

Use = Literal["approve", "cancel", "open", "leave"]
End = Literal["created", "processing", "completed", "failed", "cancelled"]
Question = Literal["", "link", "where"]

WISH: Final[dict[Language, str]] = {
    "es": "quiero mandar {amount} dólares a Rosa Hernández en México",
    "en": "I want to send {amount} dollars to Rosa Hernández in Mexico",
}
CONFIRM: Final[dict[Language, str]] = {"es": "Confirmar", "en": "Confirm"}
QUESTIONS: Final[dict[Language, dict[Question, str]]] = {
    "es": {"link": "mándame otra vez el enlace", "where": "¿dónde está mi dinero?"},
    "en": {"link": "send me the link again", "where": "where is my money?"},
}
RATE: Final = 17.25


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderPlan:
    """One sender. `other` is the amount that the page books instead; 0 for the confirmed one."""

    number: int
    language: Language
    amount: int
    use: Use
    end: End
    question: Question
    renews: bool
    meets_outage: bool
    other: int = 0

    def booked(self) -> JsonObject | None:
        """Return the amount of reference/m2m.md 3.3 for the approval, None for the confirmed."""
        if not self.other:
            return None
        return {
            "send": self.other,
            "receive": self.other * RATE,
            "rate": RATE,
            "fee": 3.99,
            "currency": {"source": "USD", "destination": "MXN"},
        }


def plans(count: int, seed: int, *, other_amounts: bool) -> tuple[SenderPlan, ...]:
    """Return the plans of a run; half of the senders meet an outage when their link ends."""
    random = Random(seed)  # noqa: S311 - a repeatable choice, no secret
    found = []
    for number in range(count):
        amount = random.randrange(50, 400, 10)
        found.append(
            SenderPlan(
                number=number,
                language="es" if number % 2 else "en",
                amount=amount,
                use=random.choices(("approve", "cancel", "open", "leave"), (70, 8, 8, 14))[0],
                end=random.choices(
                    ("created", "processing", "completed", "failed", "cancelled"),
                    (20, 15, 40, 15, 10),
                )[0],
                question=random.choices(("", "link", "where"), (60, 20, 20))[0],
                renews=random.random() < 0.5,
                meets_outage=number % 4 >= 2,
                other=random.choice((10, amount + 5, amount * 2)) if other_amounts else 0,
            )
        )
    return tuple(found)
