"""Admission to the inbox: what an accepted message may hold when it is stored.

Every message passes here, whichever connector, help desk or page it came through, so no field
depends on a connector's care. Nothing but texts is changed; addresses and message ids are not.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from lola.domain.messages import (
    ChoiceContent,
    ContactsContent,
    Content,
    Inbound,
    LocationContent,
    MediaContent,
    ReactionContent,
    SealedValue,
    SharedContact,
    TextContent,
    UnsupportedContent,
)
from lola.safety.input.accounts import ACCOUNT, find_accounts, mask_accounts
from lola.safety.input.redaction import redact

MOST_SEALED = 5
"""Values of one message that are sealed; more of them are no transfer."""


class Seals(Protocol):
    """Seals bytes into a token that only this deployment can open (`lola.money.sealing`)."""

    def seal(self, plain: bytes) -> str:
        """Return a token."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Cleans a message. Without a seal an account number is masked and cannot be read again.

    `accounts` seals account numbers, which a transfer needs. `vault` seals the identity and routing
    numbers that are removed, where the bank keeps such a vault. Card data, codes, passwords and
    keys are never sealed (reference/lola.md 18).
    """

    accounts: Seals | None = None
    vault: Seals | None = None

    def __call__(self, message: Inbound) -> Inbound:
        """Return the message as it may be stored; one that is clean comes back equal."""
        read = _Reader(self)
        content = _cleaned(message.content, read.text)
        # A name comes with every message: what is removed from it is not told each time.
        removed = tuple(dict.fromkeys((*message.redacted, *read.found)))
        name = read.text(message.profile_name)
        return replace(
            message,
            content=content,
            profile_name=name,
            redacted=removed,
            sealed=(*message.sealed, *read.sealed)[:MOST_SEALED],
        )


WITHOUT_SEALS = Admission()


class _Reader:
    """Reads the texts of one message."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self.found: dict[str, None] = {}
        self.sealed: list[SealedValue] = []

    def text(self, text: str) -> str:
        redacted = redact(text)
        self.found.update(dict.fromkeys(redacted.found))
        for kind, value in redacted.values:
            self._seal(self._admission.vault, kind, "", value)
        for account in find_accounts(redacted.text):
            self._seal(self._admission.accounts, ACCOUNT, account.mark, account.number)
        return mask_accounts(redacted.text)

    def _seal(self, seals: Seals | None, kind: str, hint: str, value: str) -> None:
        if seals is not None:
            self.sealed.append(SealedValue(kind=kind, hint=hint, token=seals.seal(value.encode())))


def _cleaned(content: Content, text: Callable[[str], str]) -> Content:
    match content:
        case TextContent(text=words):
            return TextContent(text=text(words))
        case ChoiceContent(id=chosen, title=title):
            return ChoiceContent(id=_choice_id(chosen, text), title=text(title))
        case ContactsContent(contacts=contacts):
            return replace(
                content,
                contacts=tuple(
                    SharedContact(name=text(one.name), phones=tuple(map(text, one.phones)))
                    for one in contacts
                ),
            )
        case LocationContent(name=name):
            return replace(content, name=text(name))
        case MediaContent(media=media, caption=caption, name=name, mime=mime):
            return replace(
                content,
                media=text(media),
                caption=text(caption),
                name=text(name),
                mime=text(mime),
            )
        case ReactionContent(emoji=emoji):
            return replace(content, emoji=text(emoji))
        case UnsupportedContent(kind=kind):
            return UnsupportedContent(kind=text(kind))
        case _:
            return content


def _choice_id(chosen: str, text: Callable[[str], str]) -> str:
    """Clean an id that none of our buttons has: ours are a word, a colon and no blanks."""
    is_ours = chosen[:1].isalpha() and ":" in chosen and not any(map(str.isspace, chosen))
    return chosen if is_ours else text(chosen)
