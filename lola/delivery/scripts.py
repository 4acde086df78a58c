"""The Lua scripts: every change to a mailbox, lease, outbox or owner is one of them.

Only commands of Redis 6.2 are used, so Valkey and old managed servers run them too. A script is
whole or absent in the log; nothing here is ever repeated by the client on its own.
"""

from collections.abc import Sequence
from hashlib import sha1
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from lola.delivery._replication import run_and_wait
from lola.state.connection import Connections, store_errors

_DAY: Final = 24 * 60 * 60
GROUP: Final = "workers"
SEEN_SECONDS: Final = 8 * _DAY
IDLE_SECONDS: Final = 30 * _DAY
LETTER_SECONDS: Final = 30 * _DAY
STATUS_SECONDS: Final = 3 * _DAY
AUDIT_SECONDS: Final = 90 * _DAY
SENT_SECONDS: Final = _DAY // 2

_FOLDER = Path(__file__).parent / "scripts"
_CONSTANTS = f"""\
local GROUP = '{GROUP}'
local SEEN_SECONDS = {SEEN_SECONDS}
local IDLE_SECONDS = {IDLE_SECONDS}
local LETTER_SECONDS = {LETTER_SECONDS}
local STATUS_SECONDS = {STATUS_SECONDS}
local AUDIT_SECONDS = {AUDIT_SECONDS}
"""


class Script:
    """One script, run by its digest; sent in full only to a server that does not know it."""

    def __init__(self, name: str, folder: Path = _FOLDER) -> None:
        common = (_FOLDER / "_common.lua").read_text(encoding="utf-8")
        self.text = _CONSTANTS + common + (folder / f"{name}.lua").read_text(encoding="utf-8")
        self._digest = sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, redis: Redis, keys: Sequence[str], *args: str | int) -> Any:
        """Run it in one round trip. Raises StoreUnavailableError: then nobody knows if it ran."""
        with store_errors():
            try:
                return await redis.evalsha(self._digest, len(keys), *keys, *map(str, args))
            except NoScriptError:
                return await redis.eval(self.text, len(keys), *keys, *map(str, args))

    async def run_durably(
        self, connections: Connections, keys: Sequence[str], *args: str | int
    ) -> tuple[Any, bool]:
        """Run it, and wait for the replicas that the deployment promises, in one round trip.

        Answers the script's answer and whether enough replicas have what it wrote. Raises
        StoreUnavailableError like `run`.
        """
        if not connections.replicas:
            return await self.run(connections.commands, keys, *args), True
        parts: tuple[str | int, ...] = (len(keys), *keys, *map(str, args))
        with store_errors():
            try:
                return await run_and_wait(connections, "EVALSHA", self._digest, *parts)
            except NoScriptError:
                return await run_and_wait(connections, "EVAL", self.text, *parts)


ENQUEUE = Script("enqueue")
ACQUIRE = Script("acquire")
HEARTBEAT = Script("heartbeat")
RELEASE = Script("release")
HAND_BACK = Script("hand_back")
POSTPONE = Script("postpone")
PROMOTE = Script("promote")
COMMIT = Script("commit")
OWN = Script("own")
INTERJECT = Script("interject")
SCHEDULE = Script("schedule")
CANCEL = Script("cancel")
DUE = Script("due")
SEND_NEXT = Script("send_next")
SEND_RESULT = Script("send_result")
SETTLE = Script("settle")
