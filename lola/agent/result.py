"""What an agent returns for one turn."""

from dataclasses import dataclass, field

from lola.domain.messages import Option, Outbound
from lola.domain.turn import Turn
from lola.models.chat import ModelMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolTrace:
    """One executed or refused call. `arguments` is JSON, for a keyed digest only.

    `is_foreign`: it named something that is not the sender's own.
    """

    name: str
    ok: bool
    arguments: str = field(default="{}", repr=False)
    is_foreign: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResult:
    """The result of one turn: either `say` (written by code) or `text` (by the model) is filled.

    `is_refused` says that the guards refused the model's words twice and `text` is a fixed frame.
    """

    turn: Turn
    text: str = ""
    options: tuple[Option, ...] = ()
    say: tuple[Outbound, ...] = ()
    money: bool = False
    escalate: str = ""
    messages: tuple[ModelMessage, ...] = ()
    tools: tuple[ToolTrace, ...] = ()
    passages: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    is_refused: bool = False
