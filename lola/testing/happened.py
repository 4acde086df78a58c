"""What happened in a conversation, as names in order, read from the audit trail (docs/audit.md).

A name is the kind of the record and what it is about: `turn.sender_home`, `tool.send_money`,
`tool_failed.send_money`, `guard.figures`, `ticket.approved`, `owner.human`.
"""

from collections.abc import Iterator, Sequence

from lola.app import Service
from lola.domain.messages import ConversationId, JsonObject
from lola.testing.compare import Difference, Loc, listed


async def events_of(service: Service, conversation: ConversationId) -> tuple[str, ...]:
    """Return everything that happened in a conversation, oldest first."""
    trail = service.state.audit_trail
    subject = trail.lines.subject(conversation)
    found = [
        name
        async for record in trail.records(conversation)
        if record.subject == subject
        for name in _names(record.kind, record.body)
    ]
    return tuple(found)


def differences(
    wanted: Sequence[str], unwanted: Sequence[str], happened: Sequence[str], *loc: str | int
) -> Iterator[Difference]:
    """Yield what of `wanted` did not happen in this order, and what of `unwanted` happened."""
    rest = iter(happened)
    for position, name in enumerate(wanted):
        if name in rest:
            continue
        place: Loc = (*loc, "events", position)
        if name not in happened:
            yield Difference(expected=f"event {name}", got=listed(happened), loc=place)
        else:
            before = wanted[position - 1] if position else ""
            order = f"event {name} after {before}"
            yield Difference(expected=order, got=listed(happened), loc=place)
        break
    for position, name in enumerate(unwanted):
        if name in happened:
            got = listed(happened)
            place = (*loc, "no_events", position)
            yield Difference(expected=f"no event {name}", got=got, loc=place)


def _names(kind: str, body: JsonObject) -> Iterator[str]:
    match kind:
        case "turn":
            yield f"turn.{body['route']}"
            for tool in body.get("tools", ()):
                yield f"{'tool' if tool['ok'] else 'tool_failed'}.{tool['name']}"
            for guard in body.get("guards", ()):
                yield f"guard.{guard}"
        case "ticket":
            yield f"ticket.{body.get('event', 'changed')}"
        case "owner":
            yield f"owner.{body['owner']}"
        case _:
            yield kind
