"""Search of the bank's approved documents, with a question worded by the model."""

from typing import Annotated

from lola.agent.tools import ToolContext, ToolResult, tool

MAX_PASSAGES = 3


def has_knowledge(ctx: ToolContext) -> bool:
    """Return whether this deployment has approved documents to search."""
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
    if retriever is None:
        return ToolResult(data={"passages": []})
    draft = ctx.turn.session.draft
    found = await retriever.search(
        question,
        ctx.turn.language,
        MAX_PASSAGES,
        corridor=draft.terms.country if draft else "",
    )
    rows = [
        {"id": passage.id, "heading": passage.heading, "text": passage.text} for passage in found
    ]
    return ToolResult(data={"passages": rows})


TOOLS = (search_help,)
