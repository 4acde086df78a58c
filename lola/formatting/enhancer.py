"""The protocol of enhancers, and the default one, which needs no model."""

from typing import Protocol

from lola.domain.messages import Option, Outbound
from lola.formatting.answer import format_answer
from lola.models.meter import Meter
from lola.text.wording import Wording


class Enhancer(Protocol):
    """Shapes an answer that passed the guard. It never raises: a failure must not lose
    the answer.
    """

    async def shape(
        self,
        text: str,
        options: tuple[Option, ...],
        *,
        language: str,
        meter: Meter,
        seconds: float,
    ) -> tuple[Outbound, ...]:
        """Return the messages to send, in order, within `seconds`; `options` keep their ids."""
        ...


class CodeEnhancer:
    """Shapes answers by rules (`lola.formatting.answer`)."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    async def shape(
        self,
        text: str,
        options: tuple[Option, ...],
        *,
        language: str,
        meter: Meter,  # noqa: ARG002 - the contract's shape
        seconds: float,  # noqa: ARG002 - the contract's shape
    ) -> tuple[Outbound, ...]:
        """Return the messages to send; it takes no time."""
        return format_answer(text, options, (), language, self._wording)
