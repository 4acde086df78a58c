"""Handover to a person, as a typed result and never as text that something else must notice."""

from typing import Annotated

from agents.tools.preconditions import may
from lola.agent.tools import ToolContext, ToolResult, tool
from lola.safety.input.redaction import redact_stored


@tool(requires=(may("person"),), exclusive=True)
async def talk_to_person(
    ctx: ToolContext,  # noqa: ARG001 - the tool protocol's signature
    reason: Annotated[
        str,
        "why: asked, complaint, sent (wants to undo a transfer that was made) or unclear; "
        "if none of them fits, in a few words for the colleague who takes over",
    ],
) -> ToolResult:
    """Hand the conversation to a person of the bank. Use it when the sender asks, is in trouble,
    disputes something, or when the request is ambiguous.
    """
    return ToolResult(data={"status": "waiting"}, escalate=redact_stored(reason)[:80] or "asked")


TOOLS = (talk_to_person,)
