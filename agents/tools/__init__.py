"""The tool catalogue. A tool that is not in a `TOOLS` below does not exist (docs/safety.md G1).

A new tool is a function in its module and that module's `TOOLS`, the `agent.toml` of the agents
that may use it, and a row of docs/tools.md, which a test holds against this list.
"""

from agents.tools import (
    approved,
    branches,
    corridors,
    documents,
    enrolments,
    handoff,
    history,
    limits,
    own_account,
    quotes,
    recipients,
    requests,
    status,
    transfers,
    validation,
    verification,
)

TOOLS = (
    *corridors.TOOLS,
    *branches.TOOLS,
    *quotes.TOOLS,
    *limits.TOOLS,
    *validation.TOOLS,
    *recipients.TOOLS,
    *transfers.TOOLS,
    *requests.TOOLS,
    *approved.TOOLS,
    *status.TOOLS,
    *verification.TOOLS,
    *enrolments.TOOLS,
    *history.TOOLS,
    *own_account.TOOLS,
    *documents.TOOLS,
    *handoff.TOOLS,
)
