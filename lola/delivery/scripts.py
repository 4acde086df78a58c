"""The Lua scripts of inbox and outbox; every change to a mailbox, lease or row is one of them.

In front of each script come the constants below, the readers of stored lines (`_headers`) and
`scripts/_common.lua`; in front of a script with many arguments also their names.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lola.delivery._headers import lua_functions
from lola.state.audit import CHAIN
from lola.state.script import Script

_DAY: Final = 24 * 60 * 60
GROUP: Final = "workers"
SEEN_SECONDS: Final = 8 * _DAY
IDLE_SECONDS: Final = 30 * _DAY
DEAD_LETTER_SECONDS: Final = 30 * _DAY
STATUS_SECONDS: Final = 3 * _DAY
RECENT_SECONDS: Final = 8 * _DAY
SENT_SECONDS: Final = _DAY // 2

_FOLDER = Path(__file__).parent / "scripts"
_PRELUDE = f"""\
local GROUP = '{GROUP}'
local SEEN_SECONDS = {SEEN_SECONDS}
local IDLE_SECONDS = {IDLE_SECONDS}
local DEAD_LETTER_SECONDS = {DEAD_LETTER_SECONDS}
local STATUS_SECONDS = {STATUS_SECONDS}
local RECENT_SECONDS = {RECENT_SECONDS}
{lua_functions()}""" + (_FOLDER / "_common.lua").read_text(encoding="utf-8")

Argument = str | int | Sequence[str | int]


class NamedScript(Script):
    """A script that reads its arguments by name: `arg_token`, `arg_rows`.

    `names` are the arguments with one value, `lists` those with any number of values. A name that
    is not declared is an error on both sides: a TypeError here, an unknown global in Lua.
    """

    def __init__(self, path: Path, prelude: str, names: str, lists: str = "") -> None:
        self._names = tuple(names.split())
        self._lists = tuple(lists.split())
        self._declared = frozenset((*self._names, *self._lists))
        super().__init__(path, prelude + self._declaration())

    def args(self, **values: Argument) -> list[str | int]:
        """Return the arguments in the order of the script. Raises TypeError for a wrong name."""
        if values.keys() != self._declared:
            wrong = ", ".join(sorted(values.keys() ^ self._declared))
            raise TypeError(f"arguments missing or not declared: {wrong}")
        flat: list[str | int] = [values[name] for name in self._names]  # type: ignore[misc]
        for name in self._lists:
            items: Sequence[str | int] = values[name]  # type: ignore[assignment]
            flat += (len(items), *items)
        return flat

    def _declaration(self) -> str:
        """Return Lua source that names ARGV: single values by position, each list by its length."""
        names = ", ".join(f"arg_{name}" for name in self._names)
        lines = [f"local {names} = unpack(ARGV, 1, {len(self._names)})"]
        last = str(len(self._names))
        for name in self._lists:
            lines.append(f"local arg_{name}, {name}_end = items_after({last})")
            last = f"{name}_end"
        return "\n".join(lines) + "\n"


def _script(name: str) -> Script:
    return Script(_FOLDER / f"{name}.lua", _PRELUDE)


def _named(name: str, names: str, lists: str = "", *, prelude: str = _PRELUDE) -> NamedScript:
    return NamedScript(_FOLDER / f"{name}.lua", prelude, names, lists)


_OWNER: Final = "owner staff since reason score"
_AUDIT: Final = "audit audit_digest"
_CHAINED: Final = CHAIN + _PRELUDE

ENQUEUE = _script("enqueue")
ACQUIRE = _named("acquire", "conversation entry consumer token lease_ms burst history")
HEARTBEAT = _script("heartbeat")
RELEASE = _script("release")
HAND_BACK = _script("hand_back")
POSTPONE = _script("postpone")
PROMOTE = _script("promote")
COMMIT = _named(
    "commit",
    "token conversation lease_ms first last count epoch state line now record history_kept ttl"
    f" state_ttl dead_letter {_OWNER} {_AUDIT}",
    lists="rows timers rewritten cancelled",
    prelude=_CHAINED,
)
SET_OWNER = _named("set_owner", f"conversation expected ttl {_OWNER} {_AUDIT}", prelude=_CHAINED)
SEND_INTERIM = _named("send_interim", "token conversation first epoch row")
SCHEDULE = _script("schedule")
CANCEL = _script("cancel")
DUE = _script("due")
SEND_NEXT = _named(
    "send_next",
    "conversation entry consumer token lease_ms now hold_ms keep_ms statuses pair_ms pair_burst"
    " kept_seconds",
)
SEND_RESULT = _named("send_result", "token conversation row outcome due reason providers lease_ms")
RECORD_STATUS = _script("record_status")
ADD_COST = _script("add_cost")
