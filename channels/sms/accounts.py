"""The Twilio accounts of this deployment, their tokens and their numbers.

A bank with several brands has subaccounts; each signs with its own token and sends with it
(reference/channels.md 2.3). A number that no subaccount is named for is the main account's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from lola.errors import ConfigurationError
from lola.settings import Settings, secrets_in, split_commas

WHATSAPP = "whatsapp:"
API = "https://api.twilio.com"
_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_NUMBER = re.compile(r"\+[1-9][0-9]{5,14}|[0-9]{5,6}")
"""E.164, or a short code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account. The first token sends; during a rotation webhooks may be signed with any."""

    sid: str
    tokens: tuple[str, ...]


class Accounts:
    """The main account, and the subaccounts that have numbers of their own."""

    def __init__(
        self, main: Account | None, by_number: Mapping[str, Account] | None = None
    ) -> None:
        self._main = main
        self._by_number = dict(by_number or {})
        accounts = [*self._by_number.values(), *([main] if main else [])]
        self._by_sid = {account.sid: account for account in accounts}

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Read the main account and TWILIO_ACCOUNTS. Raises ConfigurationError."""
        _check_number("TWILIO_FROM", settings.twilio_from)
        _check_number("TWILIO_WHATSAPP_FROM", settings.twilio_whatsapp_from, WHATSAPP)
        tokens = secrets_in(settings.twilio_auth_token)
        sid = settings.twilio_account_sid
        main = Account(sid=sid, tokens=tokens) if sid and tokens else None
        named = {
            number: _account(number, value.get_secret_value())
            for number, value in settings.twilio_accounts.items()
        }
        return cls(main, named)

    def __bool__(self) -> bool:
        return bool(self._by_sid)

    def each(self) -> tuple[Account, ...]:
        """Return every account once."""
        return tuple(self._by_sid.values())

    def of(self, number: str) -> Account | None:
        """Return the account that a number of ours belongs to, SMS or `whatsapp:` alike."""
        return self._by_number.get(number.removeprefix(WHATSAPP), self._main)

    def tokens(self, sid: str) -> tuple[str, ...]:
        """Return the tokens that an account may sign with; the main account's for an unknown one.

        A request about an unknown account that our main account signed is dropped later, and not
        refused as a forgery (reference/channels.md 0.3).
        """
        account = self._by_sid.get(sid, self._main)
        return account.tokens if account else ()

    def owns(self, sid: str, number: str) -> bool:
        """Return whether this number belongs to the account."""
        account = self.of(number)
        return account is None or account.sid == sid


def _check_number(setting: str, value: str, scheme: str = "") -> None:
    is_right = value.startswith(scheme) and _NUMBER.fullmatch(value.removeprefix(scheme))
    if value and not is_right:
        raise ConfigurationError(setting, f"is not a number like {scheme}+15550100001")


def _account(number: str, value: str) -> Account:
    sid, _, tokens = value.partition(":")
    secrets = split_commas(tokens)
    if not _NUMBER.fullmatch(number):
        raise ConfigurationError(
            "TWILIO_ACCOUNTS", "a key is not a number like +15550100001", hint="docs/settings.md"
        )
    if not _SID.fullmatch(sid) or not secrets:
        raise ConfigurationError("TWILIO_ACCOUNTS", f"the entry of …{number[-2:]} is not AC…:token")
    return Account(sid=sid, tokens=secrets)
