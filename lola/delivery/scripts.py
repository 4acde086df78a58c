"""The Lua scripts of inbox and outbox; every change to a mailbox, lease or row is one of them."""

from pathlib import Path
from typing import Final

from lola.state.script import Script

_DAY: Final = 24 * 60 * 60
GROUP: Final = "workers"
SEEN_SECONDS: Final = 8 * _DAY
IDLE_SECONDS: Final = 30 * _DAY
LETTER_SECONDS: Final = 30 * _DAY
STATUS_SECONDS: Final = 3 * _DAY
AUDIT_SECONDS: Final = 90 * _DAY
SENT_SECONDS: Final = _DAY // 2

_FOLDER = Path(__file__).parent / "scripts"
_PRELUDE = f"""\
local GROUP = '{GROUP}'
local SEEN_SECONDS = {SEEN_SECONDS}
local IDLE_SECONDS = {IDLE_SECONDS}
local LETTER_SECONDS = {LETTER_SECONDS}
local STATUS_SECONDS = {STATUS_SECONDS}
local AUDIT_SECONDS = {AUDIT_SECONDS}
""" + (_FOLDER / "_common.lua").read_text(encoding="utf-8")


def _script(name: str) -> Script:
    return Script(_FOLDER / f"{name}.lua", _PRELUDE)


ENQUEUE = _script("enqueue")
ACQUIRE = _script("acquire")
HEARTBEAT = _script("heartbeat")
RELEASE = _script("release")
HAND_BACK = _script("hand_back")
POSTPONE = _script("postpone")
PROMOTE = _script("promote")
COMMIT = _script("commit")
SET_OWNER = _script("set_owner")
SEND_INTERIM = _script("send_interim")
SCHEDULE = _script("schedule")
CANCEL = _script("cancel")
DUE = _script("due")
SEND_NEXT = _script("send_next")
SEND_RESULT = _script("send_result")
RECORD_STATUS = _script("record_status")
