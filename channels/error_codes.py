"""Reads what a provider's error codes mean for a message, from one table per provider.

The table is a TOML file beside the connector: a section per class, with a hint for an operator by
code (`190`) or range of codes (`"200-299"`).
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Self, cast, get_args

from lola.channel.contract import Failure, Status
from lola.errors import (
    ChannelError,
    ChannelStoppedError,
    OptedOutError,
    RejectedError,
    RetryLaterError,
    WindowClosedError,
)

Class = Literal["stop", "wait", "window_closed", "opted_out", "gone", "ours", "give_up"]
"""Every send of the channel waits for a person; this message waits; only a template may go; the
recipient wants nothing; the recipient cannot be reached; our mistake; no attempt will help."""

UNKNOWN_AFTER, UNKNOWN_TRIES = 20.0, 3
"""A refusal with an unknown code is tried so often, so many seconds apart: it may be temporary."""

_AFTER = "after"
_ERRORS: Mapping[Class, type[ChannelError]] = {
    "stop": ChannelStoppedError,
    "window_closed": WindowClosedError,
    "opted_out": OptedOutError,
}
_FAILURES: Mapping[Class, Failure] = {
    "stop": "stopped",
    "wait": "temporary",
    "window_closed": "window_closed",
    "opted_out": "opted_out",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """The meaning of one code. `after` are the seconds to wait, if the provider says how long."""

    kind: Class
    hint: str = ""
    after: float | None = None

    @property
    def failure(self) -> Failure:
        """What the code means in a delivery report."""
        return _FAILURES.get(self.kind, "rejected")


class ErrorCodes:
    """The table of one provider, which `provider` names in messages of errors."""

    def __init__(self, provider: str, codes: Mapping[int, Code]) -> None:
        self.provider = provider
        self._codes = dict(codes)

    @classmethod
    def read(cls, provider: str, path: Path) -> Self:
        """Read a table. Raises ValueError for an unknown class or a code that is listed twice."""
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
        after = {int(code): float(value) for code, value in sections.pop(_AFTER, {}).items()}
        found: dict[int, Code] = {}
        if unknown := sections.keys() - set(get_args(Class)):
            raise ValueError(f"{path.name}: {min(unknown)} is not a class of errors")
        for kind, entries in cast("dict[Class, dict[str, str]]", sections).items():
            for name, hint in entries.items():
                for code in _numbers(name):
                    if code in found:
                        raise ValueError(f"{path.name}: {code} is listed twice")
                    found[code] = Code(kind=kind, hint=hint, after=after.get(code))
        return cls(provider, found)

    def __iter__(self) -> Iterator[int]:
        return iter(self._codes)

    def get(self, code: int) -> Code | None:
        """Return what a code means, or None when it is not in the table."""
        return self._codes.get(code)

    def error(self, code: int, *, status: int = 400, after: float | None = None) -> ChannelError:
        """Return the error of a refusal; `after` is the provider's advice with this one.

        One with an unknown code is not `known`. It is tried a few times more, or as long as the
        HTTP `status` says that the provider is busy or broken.
        """
        text = f"{self.provider} refused with code {code}"
        known = self.get(code)
        if known is None:
            tries = 0 if is_busy(status) else UNKNOWN_TRIES
            after = after if after is not None or not tries else UNKNOWN_AFTER
            error = RetryLaterError(text, provider_code=str(code), after=after, tries=tries)
            error.known = False
            return error
        if known.kind == "wait":
            after = after if after is not None else known.after
            return RetryLaterError(text, provider_code=str(code), after=after, hint=known.hint)
        kind = _ERRORS.get(known.kind, RejectedError)
        return kind(text, provider_code=str(code), hint=known.hint)

    def explained(self, status: Status, code: int) -> Status:
        """Return a delivery report with its error code and what that means."""
        found = self.get(code)
        if found is None:
            return replace(status, error_code=str(code), known=False)
        return replace(
            status,
            error_code=str(code),
            failure=found.failure,
            hint=found.hint,
            after=found.after,
        )


def is_busy(status: int) -> bool:
    """Return whether an HTTP status says that the provider is busy or broken."""
    return status == 429 or status >= 500


def _numbers(name: str) -> range:
    first, _, last = name.partition("-")
    return range(int(first), int(last or first) + 1)
