"""An action that waits for the sender's own yes, and the digest that binds the yes to it.

Every such action has this one form: a transfer that is being prepared, and whatever a tool
proposes (saving a person, requesting money, an action of a bank's own package).
"""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from lola.domain.messages import JsonObject

TRANSFER = "transfer"
"""The kind of an open draft. Only the money service makes one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An action as it was shown to the sender. It is carried out only after their yes.

    `terms` are all of its arguments, `digest` is over kind, id and terms. `id` makes two requests
    with the same terms two actions; it is empty where an earlier version stored none.
    """

    kind: str
    terms: JsonObject
    digest: str
    shown_at: datetime
    id: str = ""

    @classmethod
    def of(cls, kind: str, terms: JsonObject, *, id_: str, shown_at: datetime) -> Self:
        """Build the approval of an action. Raises TypeError when `terms` are not plain JSON."""
        # A copy: the caller can no longer change what is approved.
        copied = json.loads(json.dumps(terms))
        digest = _digest(kind, copied, id_)
        return cls(kind=kind, terms=copied, digest=digest, shown_at=shown_at, id=id_)

    def is_intact(self) -> bool:
        """Return whether the digest is of exactly this action; only a draft's is made elsewhere."""
        return not self.id or self.digest == _digest(self.kind, self.terms, self.id)


def plain_json(value: dict[str, Any]) -> JsonObject:
    """Return a copy of plain JSON, with the text of every value that JSON has no type for."""
    return json.loads(json.dumps(value, default=str))  # type: ignore[no-any-return]


def digest_of_json(value: dict[str, Any]) -> str:
    """Return SHA-256 over the one canonical spelling of a value, as 64 hex characters."""
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(plain.encode()).hexdigest()


def _digest(kind: str, terms: JsonObject, id_: str) -> str:
    return digest_of_json({"kind": kind, "id": id_, "terms": terms})
