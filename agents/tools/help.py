"""Approved answers to questions about the service, by a search of the model's own wording."""

from typing import Annotated

from lola.agent.tools import ToolContext, ToolResult, tool

MOST = 3


def has_knowledge(ctx: ToolContext) -> bool:
    """Whether this deployment has approved documents to search."""
    return ctx.services.retriever is not None


@tool(requires=(has_knowledge,))
async def search_help(
    ctx: ToolContext,
    question: Annotated[str, "the question in the sender's language, in its plainest words"],
) -> ToolResult:
    """Search the bank's approved documents: documents needed, times, fees, safety, cancellation,
    refunds, how things work. No passage means: say that you are not sure and offer a person.
    """
    retriever = ctx.services.retriever
    found = (
        await retriever.search(question, ctx.turn.language, MOST) if retriever is not None else ()
    )
    rows = [
        {"id": passage.id, "heading": passage.heading, "text": passage.text} for passage in found
    ]
    return ToolResult(data={"passages": rows})
