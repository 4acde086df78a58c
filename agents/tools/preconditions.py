"""What must hold for a tool to exist for the model in a turn."""

from lola.agent.tools import Precondition, ToolContext
from lola.money.tickets import USABLE


def may(action: str) -> Precondition:
    """Return the precondition that compliance allows the action in this turn."""

    def holds(ctx: ToolContext) -> bool:
        return action in ctx.turn.allowed_actions

    holds.__name__ = f"may {action}"
    return holds


def draft_exists(ctx: ToolContext) -> bool:
    """Return whether a summary is open."""
    return ctx.turn.session.draft is not None


def cancellable(ctx: ToolContext) -> bool:
    """Return whether a summary is open, or a link is out that was not approved yet."""
    return draft_exists(ctx) or any(ticket.status in USABLE for ticket in ctx.turn.session.tickets)


def no_draft(ctx: ToolContext) -> bool:
    """Return whether no summary is open: a yes has one meaning at a time."""
    return ctx.turn.session.draft is None


def draft_confirmed(ctx: ToolContext) -> bool:
    """Return whether the sender confirmed exactly the draft that is open now."""
    draft = ctx.turn.session.draft
    return draft is not None and draft.is_confirmed()


def link_wanted(ctx: ToolContext) -> bool:
    """Return whether a link is out, or one ended whose transfer may be prepared again."""
    session = ctx.turn.session
    is_free = session.draft is None
    return any(
        ticket.status in USABLE or (is_free and ticket.terms is not None)
        for ticket in session.tickets
    )
