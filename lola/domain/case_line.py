"""What a list of conversations shows of one: kept beside its state, so that lists read no state."""

from dataclasses import asdict, dataclass
from typing import Self

from lola.domain.messages import JsonObject
from lola.domain.session import Session

REFERENCES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """One conversation in a list. `phone` is canonical, empty where none is known; `waiting` counts
    what the sender has written since they asked for a person; `references` are the newest tickets,
    drafts and operations.
    """

    channel: str = ""
    phone: str = ""
    name: str = ""
    language: str = ""
    waiting: int = 0
    references: tuple[str, ...] = ()

    @classmethod
    def of(cls, session: Session) -> Self:
        """Return the line of a session."""
        newest = session.tickets[-REFERENCES // 2 :]
        references = (id_ for one in newest for id_ in (one.id, one.operation_id) if id_)
        return cls(
            channel=session.address.channel,
            phone=session.address.phone or "",
            name=session.profile_name,
            language=session.language,
            waiting=session.waiting_messages,
            references=tuple(references),
        )

    @classmethod
    def from_json(cls, stored: JsonObject) -> Self:
        """Return a stored line; what it does not hold is empty."""
        return cls(
            channel=str(stored.get("channel", "")),
            phone=str(stored.get("phone", "")),
            name=str(stored.get("name", "")),
            language=str(stored.get("language", "")),
            waiting=int(stored.get("waiting", 0)),
            references=tuple(map(str, stored.get("references", ()))),
        )

    def to_json(self) -> JsonObject:
        """Return the line as it is stored; nothing for an empty value."""
        return {name: value for name, value in asdict(self).items() if value}
