"""Where a value comes from, and which arguments of tools only the sender or a tool may supply.

Everything that a model reads is labelled with its origin. An argument that is declared with
`OwnValue` has to be found in the sender's own words of this conversation, in a field of a tool's
result that holds such a value, or in what was settled before. Text of a document, a name of a
profile, a label of a partner and the model's own idea are no source (docs/safety.md G4).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import BaseModel

from lola.agent.context import EARLIER
from lola.domain.messages import JsonObject
from lola.domain.passages import Passage
from lola.domain.turn import Turn
from lola.models.chat import ModelMessage, ToolMessage, UserMessage
from lola.money.money_format import plain_decimal
from lola.safety.input.hygiene import clean
from lola.safety.output.figures import figures_in, normal_form, readings
from lola.text.folding import fold
from lola.text.languages import LANGUAGES
from lola.text.number_slips import as_spelled
from lola.text.number_words import digits_for_words

MAX_READ = 8_192
"""Characters of the sender's newest words in which amounts are looked for."""
MAX_MESSAGES = 100
"""The sender's newest ones that are read at all."""
MIN_DIGITS = 4
"""Of an account: a masked one shows as many."""
MIN_PHONE, SAME_PHONE = 7, 8
"""Digits of a telephone number, and how many at its end are compared: a country code is added."""


class Origin(StrEnum):
    """Who wrote a value."""

    CODE = "code"
    TOOL = "tool"
    SENDER = "sender"
    DOCUMENT = "document"
    THIRD_PARTY = "third_party"


Kind = Literal["person", "account", "phone", "amount"]
FIELDS: Mapping[Kind, frozenset[str]] = {
    "person": frozenset(
        {"first_name", "last_name", "name", "recipient", "recipient_first_name",
         "recipient_last_name"}
    ),
    "account": frozenset({"account", "canonical", "account_hint"}),
    "phone": frozenset({"phone", "canonical", "recipient_phone"}),
    "amount": frozenset({"amount", "minimum", "maximum"}),
}  # fmt: skip
"""The fields of results and terms that hold a value of a kind; other fields hold free text."""
CHECKED = frozenset(
    {"recipient_first_name", "recipient_last_name", "first_name", "last_name", "alias",
     "recipient_phone", "account", "amount"}
)  # fmt: skip
"""Names of marked arguments: of an earlier call's arguments only these were checked then."""
_NUMBER = re.compile(r"\d[\d.,']*")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnValue:
    """Marks an argument: `Annotated[str, "account number", OwnValue(kind="account")]`."""

    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A value with its origin; `field` is its name in a result or in the terms, if it has one."""

    origin: Origin
    text: str
    field: str = ""


class Known:
    """The labelled values of a conversation, read when an argument is first checked."""

    def __init__(self, values: Iterable[Labelled]) -> None:
        values = tuple(values)
        self._said = [item.text for item in values if item.origin is Origin.SENDER]
        # A label of a partner is a field too, but of no kind.
        self._fields = [item for item in values if item.origin in {Origin.TOOL, Origin.CODE}]

    def has(self, kind: Kind, value: str) -> bool:
        """Return whether the sender said a value, or a result or the terms hold it."""
        match kind:
            case "person":
                return self._has_person(frozenset(fold(value).split()))
            case "account":
                return self._has_account(_alphanumeric(value))
            case "phone":
                return self._has_phone(_digits(value))
            case "amount":
                amount = plain_decimal(value)
                return amount is not None and amount in self._amounts

    def _has_person(self, words: frozenset[str]) -> bool:
        names = (frozenset(fold(name).split()) for name in self._of("person"))
        return words <= self._words or any(words <= name for name in names)

    def _has_account(self, number: str) -> bool:
        known = (_alphanumeric(text) for text in self._of("account"))
        return len(number) >= MIN_DIGITS and (number in self._letters or number in known)

    def _has_phone(self, digits: str) -> bool:
        known = (_digits(self._letters), *(_digits(text) for text in self._of("phone")))
        return len(digits) >= MIN_PHONE and any(digits[-SAME_PHONE:] in text for text in known)

    def _of(self, kind: Kind) -> Iterator[str]:
        return (item.text for item in self._fields if item.field in FIELDS[kind])

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(word for text in self._said for word in fold(text).split())

    @cached_property
    def _letters(self) -> str:
        return _alphanumeric("\n".join(self._said))

    @cached_property
    def _amounts(self) -> frozenset[Decimal]:
        written = "\n".join(self._said)[-MAX_READ:]
        said = f"{normal_form(written)}\n{normal_form(as_spelled(written))}"
        known = (plain_decimal(text) for text in self._of("amount"))
        return frozenset(
            (
                *(value for value in known if value is not None),
                *(value for language in LANGUAGES for value in _amounts_in(said, language)),
            )
        )


def labelled(
    turn: Turn, *, heard: Sequence[ModelMessage], passages: Sequence[Passage]
) -> Iterator[Labelled]:
    """Yield everything that a model may know in this turn, with its origin.

    `heard` are the messages of earlier turns and of this one.
    """
    said = list(dict.fromkeys(_sender_words(turn, heard)))[-MAX_MESSAGES:]
    for text in said:
        yield Labelled(origin=Origin.SENDER, text=clean(text))
    for message in heard:
        if isinstance(message, ToolMessage) and "error" not in message.result:
            yield from _leaves(message.result, Origin.TOOL)
    yield from _leaves(_settled(turn), Origin.CODE)
    if turn.identity.user is not None:
        user = turn.identity.user
        yield Labelled(origin=Origin.TOOL, text=user.first_name, field="first_name")
        yield Labelled(origin=Origin.TOOL, text=user.last_name, field="last_name")
    for passage in passages:
        yield Labelled(origin=Origin.DOCUMENT, text=passage.text)
    yield Labelled(origin=Origin.THIRD_PARTY, text=turn.session.profile_name)


def unknown_arguments(
    declared: type[BaseModel], arguments: JsonObject, known: Callable[[], Known]
) -> tuple[str, ...]:
    """Return the marked arguments of a call whose value is not among the known ones.

    These are read only when there is something to compare.
    """
    given = [
        (name, mark.kind)
        for name, field in declared.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, OwnValue) and str(arguments.get(name) or "").strip()
    ]
    values = known() if given else Known(())
    return tuple(name for name, kind in given if not values.has(kind, str(arguments[name])))


def _sender_words(turn: Turn, heard: Sequence[ModelMessage]) -> Iterator[str]:
    """Yield what the sender wrote: all that the history keeps, and this turn's messages."""
    for record in turn.work.history:
        for line in record["inbound"]:
            if line["kind"] != "event":
                yield line["text"]
    yield from (message.text for message in heard if isinstance(message, UserMessage))
    yield turn.text


def _settled(turn: Turn) -> JsonObject:
    """Return the terms of this conversation, which passed the check when they were settled."""
    session = turn.session
    terms = [session.draft.terms] if session.draft else []
    terms += [ticket.terms for ticket in session.tickets if ticket.terms is not None]
    return {
        "terms": [
            {
                "first_name": item.recipient_first_name,
                "last_name": item.recipient_last_name,
                "phone": item.recipient_phone,
                "account": item.account,
                "amount": str(item.amount),
            }
            for item in terms
        ],
        "approval": session.approval.terms if session.approval else {},
        "earlier": {
            name: value
            for name, value in turn.notes.get(EARLIER, {}).get("settled", {}).items()
            if name in CHECKED
        },
    }


def _leaves(value: object, origin: Origin, field: str = "") -> Iterator[Labelled]:
    match value:
        case Mapping():
            for name, item in value.items():
                yield from _leaves(item, origin, str(name))
        case list() | tuple():
            for item in value:
                yield from _leaves(item, origin, field)
        case str() | int() | float() | Decimal() if not isinstance(value, bool):
            yield Labelled(origin=origin, text=str(value), field=field)


def _amounts_in(text: str, language: str) -> Iterator[Decimal]:
    for figure in figures_in(text, language):
        yield from figure.values
    for match in _NUMBER.finditer(digits_for_words(text, language)):
        yield from readings(match.group().rstrip(".,'"))


def _alphanumeric(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdecimal())
