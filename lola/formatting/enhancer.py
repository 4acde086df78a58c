"""The protocol, and the default: no model call, limits by construction, nothing lost."""

from typing import Protocol

from lola.domain.messages import Option, Outbound
from lola.formatting.rules import format_answer
from lola.models.meter import Meter
from lola.text.wording import Wording


class Enhancer(Protocol):
    """Shapes words that the guards let pass. It never raises: whatever fails, the words go out."""

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
    """Deterministic formatting (`lola.formatting`)."""

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
        """Return at once."""
        return format_answer(text, options, (), language, self._wording)
