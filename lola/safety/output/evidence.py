"""The facts of a turn that support claims: statuses of operations, identity, links, a person.

Read from this turn's tool results and the session's typed draft and tickets. A status of one
operation supports a claim about that operation only (docs/safety.md G9). Pure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lola.domain.messages import JsonObject
from lola.text.folding import fold

_STATUS_KEY = re.compile(r"(?:^|_)(?:status|state|event|outcome)s?$")
_IDENTITY_KEY = re.compile(r"verdict|verification|(?:^|_)cip(?:_|$)")
_DURATION_KEY = re.compile(r"second|minute|hour|day|duration|eta|time")
# Texts that a partner's answer or our own code words itself; never a name, memo or note.
_TEXT_KEY = re.compile(r"eta|delivery|availab|schedule|opening|hours|(?:^|_)time")
_DONE = frozenset({"completed", "complete", "paid", "delivered", "settled", "success", "succeeded",
                   "deposited", "credited"})  # fmt: skip
_SENT = frozenset({"sent", "funded", "in_transit", "intransit", "ready_for_pickup",
                   "readyforpickup", "processing", "in_progress", "approved"})  # fmt: skip
FACTS: Mapping[str, frozenset[str]] = {
    "paid": _DONE,
    "ready": _DONE | {"ready_for_pickup", "readyforpickup"},
    "sent": _DONE | _SENT,
    "approved": _DONE | {"approved", "authorized", "accepted"},
    "pending": frozenset({
        "pending", "processing", "in_progress", "created", "on_hold", "in_review", "in_transit",
        "intransit", "approved", "ready_for_pickup",
    }),
    "failed": frozenset({"failed", "rejected", "operation_failed", "payment_failed"}),
    "cancelled": frozenset({"cancelled", "canceled", "revoked", "voided"}),
    "refunded": frozenset({"refunded", "returned", "reimbursed"}),
    "changed": frozenset({"changed", "updated", "raised", "carried_out"}),
}  # fmt: skip
"""Which statuses of an operation support which claim."""
_VERIFIED = frozenset({"passed", "verified", "approved", "completed"})
_PERSON = frozenset({"waiting"})
_NUMBER = re.compile(r"\d+")
_EXPIRY_KEY = re.compile(r"^expire")
_CLOCK = re.compile(r"\d\d:\d\d")
_ZERO = re.compile(r"0+(?:\.0+)?")
_LINK = re.compile(r"link_sent|link|opened")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the results: its status, and the words that name it."""

    status: str
    names: frozenset[str]
    references: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What supports claims in this turn."""

    operations: tuple[Operation, ...] = ()
    statuses: frozenset[str] = frozenset()
    is_verified: bool = False
    is_being_verified: bool = False
    has_person: bool = False
    has_link: bool = False
    is_free: bool = False
    has_result: bool = False
    has_limit: bool = False
    durations: frozenset[str] = frozenset()
    texts: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The names of all recipients of operations."""
        return frozenset().union(*(operation.names for operation in self.operations))

    def supports(
        self,
        fact: str,
        named: frozenset[str],
        asked: frozenset[str],
        told: frozenset[str],
    ) -> bool:
        """Return whether a fact holds for what a claim names.

        `named` are the names and references of the claim, or of the reply where the claim has
        none; `asked` are the names in the sender's words, `told` those anywhere in the reply.
        """
        match fact:
            case "":
                return False
            case "verified":
                return self.is_verified
            case "identity pending":
                return self.is_being_verified
            case "person":
                return self.has_person
            case "link":
                return self.has_link
            case "free":
                return self.is_free
            case "result":
                return self.has_result
            case "limit":
                return self.has_limit
            case _:
                return self._operation_has(FACTS[fact], named, asked, told)

    def _operation_has(
        self,
        statuses: frozenset[str],
        named: frozenset[str],
        asked: frozenset[str],
        told: frozenset[str],
    ) -> bool:
        about = [item for item in self.operations if not named or item.names & named
                 or item.references & named]  # fmt: skip
        strangers = (named or asked) - self.names - self.references
        # Asked about somebody without an operation, "it was paid" means that somebody.
        if asked - self.names - self.references and not told & self.names:
            return False
        if strangers and (not named or not about or strangers & asked):
            return False
        return bool(about) and any(item.status in statuses for item in about)

    @property
    def references(self) -> frozenset[str]:
        """The references of all operations."""
        return frozenset().union(*(operation.references for operation in self.operations))


def evidence_in(results: Iterable[JsonObject]) -> Evidence:
    """Collect what the results of a turn support."""
    found = [item for result in results for item in _objects(result)]
    operations: list[Operation] = []
    statuses: set[str] = set()
    durations: set[str] = set()
    texts: list[str] = []
    is_verified = is_waiting = is_free = False
    for item in found:
        for key, value in item.items():
            name = key.lower()
            if "fee" in name:
                is_free = is_free or _is_zero(value)
            durations |= _times(name, value)
            if name == "passages":
                texts += _passages(value)
            if not isinstance(value, str):
                continue
            if _TEXT_KEY.search(name):
                texts.append(value)
            if _IDENTITY_KEY.search(name):
                is_verified = is_verified or value.lower() in _VERIFIED
                is_waiting = is_waiting or value.lower() in FACTS["pending"]
            elif _STATUS_KEY.search(name):
                status = value.rsplit(".", 1)[-1].lower()
                statuses.add(status)
                operations.append(_operation(item, status))
    return Evidence(
        operations=tuple(operations),
        statuses=frozenset(statuses),
        is_verified=is_verified,
        is_being_verified=is_waiting,
        has_person=bool(statuses & _PERSON),
        has_link=any(_LINK.search(status) for status in statuses),
        is_free=is_free,
        has_result=bool(found),
        has_limit=any("limit_left" in item for item in found),
        durations=frozenset(durations),
        texts=tuple(texts),
    )


def _passages(found: object) -> Iterator[str]:
    """Yield the approved texts that the search of the knowledge base returned."""
    for item in found if isinstance(found, list | tuple) else ():
        if isinstance(item, Mapping) and isinstance(text := item.get("text"), str):
            yield text


def _times(name: str, value: object) -> set[str]:
    """Return the numbers of a duration, or the clock time of an expiry."""
    if _DURATION_KEY.search(name):
        return {number for text in _leaves(value) for number in _NUMBER.findall(text)}
    if isinstance(value, str) and _EXPIRY_KEY.search(name):
        return set(_CLOCK.findall(value)[:1])
    return set()


def _leaves(value: object) -> Iterator[str]:
    match value:
        case Mapping():
            for item in value.values():
                yield from _leaves(item)
        case str() | int():
            yield str(value)
        case _:
            return


def _is_zero(value: object) -> bool:
    amount = value.get("amount") if isinstance(value, Mapping) else value
    return isinstance(amount, str) and bool(_ZERO.fullmatch(amount))


def _operation(item: Mapping[str, object], status: str) -> Operation:
    def words(*keys: str) -> frozenset[str]:
        values = (item.get(key) for key in keys)
        return frozenset(
            word for value in values if isinstance(value, str) for word in fold(value).split()
        )

    return Operation(
        status=status,
        names=words("recipient", "recipient_name", "name"),
        references=frozenset(
            word for word in words("reference", "operation", "operation_id") if len(word) > 3
        ),
    )


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    match value:
        case Mapping():
            yield value
            for item in value.values():
                yield from _objects(item)
        case list() | tuple():
            for item in value:
                yield from _objects(item)
        case _:
            return
