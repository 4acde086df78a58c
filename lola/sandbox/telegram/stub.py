"""Stand-in for the Bot API: it checks and keeps messages, and sends no updates by itself.

It refuses what Telegram refuses (reference/channels.md 3.2 to 3.4).
"""

import hmac
import json
import re
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

from aiohttp import web

from lola.domain.clock import Clock
from lola.sandbox.channel_faults import HTML, ChannelFaults, html_error_page
from lola.sandbox.files import FileShelf
from lola.sandbox.message_log import MessageLog, SentMessage
from lola.sandbox.telegram.rules import RuleError, check

ENTITIES = "entities"
RETRY_SECONDS = 3

_DESCRIPTIONS = {
    400: "Bad Request: chat not found",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request",
    429: f"Too Many Requests: retry after {RETRY_SECONDS}",
}
_PORTS = (None, 443, 80, 88, 8443)
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class TelegramStub:
    """Accepts what one bot sends. Scripted faults are error codes, `entities`, `drop`, `hang`.

    `blocked` has the chats that blocked the bot.
    """

    def __init__(self, token: str, clock: Clock) -> None:
        self.message_log = MessageLog(str)
        self.faults = ChannelFaults()
        self.files = FileShelf()
        self.blocked: set[str] = set()
        self.actions: list[dict[str, Any]] = []
        self.webhook: dict[str, Any] = {}
        self._token = token
        self._clock = clock
        self._numbers = count(1)
        self._methods: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
            "sendMessage": self._send,
            "sendChatAction": self._act,
            "getFile": self._get_file,
            "answerCallbackQuery": self._act,
            "setWebhook": self._set_webhook,
            "getWebhookInfo": self._show_webhook,
        }

    @property
    def sent(self) -> list[SentMessage]:
        """Every accepted message, in order."""
        return self.message_log.sent

    def messages_to(self, recipient: str) -> tuple[SentMessage, ...]:
        """Return the accepted messages of one chat."""
        return self.message_log.to(recipient)

    def add_routes(self, app: web.Application, prefix: str) -> None:
        """Serve `{prefix}/bot{token}/{method}` and `{prefix}/file/bot{token}/{path}`."""
        app.router.add_get(f"{prefix}/file/bot{{token}}/files/{{file}}", self._download)
        app.router.add_post(f"{prefix}/bot{{token}}/{{method}}", self._post)

    async def _post(self, request: web.Request) -> web.Response:
        given = request.match_info["token"].encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._token.encode()):
            return _error(401)
        fault = self.faults.take_next()
        if fault == HTML:
            return html_error_page()
        if fault.isdigit():
            return _error(int(fault))
        method = self._methods.get(request.match_info["method"])
        if method is None:
            return _error(404)
        try:
            parameters = await _parameters(request)
            if fault == ENTITIES and "parse_mode" in parameters:
                return _error(400, "Bad Request: can't parse entities: scripted")
            if str(parameters.get("chat_id", "")) in self.blocked:
                return _error(403)
            result = await method(parameters)
        except RuleError as error:
            return _error(400, str(error))
        await self.faults.apply(fault, request)
        return web.json_response({"ok": True, "result": result})

    async def _send(self, parameters: dict[str, Any]) -> dict[str, Any]:
        check(parameters)
        chat = _chat(parameters)
        number = next(self._numbers)
        now = self._clock()
        await self.message_log.add(
            SentMessage(
                id=f"{chat}:{number}", account="", recipient=chat, message=parameters, at=now
            )
        )
        return {
            "message_id": number,
            "date": int(now.timestamp()),
            "chat": {"id": int(chat), "type": "private"},
            "text": parameters["text"],
        }

    async def _get_file(self, parameters: dict[str, Any]) -> dict[str, Any]:
        file = self.files.get(str(parameters.get("file_id", "")))
        if file is None:
            raise RuleError("Bad Request: invalid file_id")
        return {
            "file_id": file.id,
            "file_unique_id": file.digest[:16],
            "file_size": len(file.data),
            "file_path": f"files/{file.id}",
        }

    async def _download(self, request: web.Request) -> web.Response:
        given = request.match_info["token"].encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._token.encode()):
            return _error(401)
        return self.files.serve(request.match_info["file"])

    async def _act(self, parameters: dict[str, Any]) -> bool:
        self.actions.append(parameters)
        return True

    async def _set_webhook(self, parameters: dict[str, Any]) -> bool:
        url = re.fullmatch(r"https://[^/:]+(?::(\d+))?/.*", str(parameters.get("url", "")))
        if not url or (int(url[1]) if url[1] else None) not in _PORTS:
            raise RuleError("Bad Request: bad webhook: an HTTPS URL must be provided for webhook")
        secret = parameters.get("secret_token")
        if secret is not None and not _SECRET.fullmatch(str(secret)):
            raise RuleError("Bad Request: secret token contains unallowed characters")
        self.webhook = parameters
        return True

    async def _show_webhook(self, _parameters: dict[str, Any]) -> dict[str, Any]:
        known = {key: value for key, value in self.webhook.items() if key != "secret_token"}
        return {"url": "", "pending_update_count": 0, "has_custom_certificate": False} | known


async def _parameters(request: web.Request) -> dict[str, Any]:
    """Read the parameters, which may be JSON or a form (reference/channels.md 3.2)."""
    if request.content_type != "application/json":
        return {key: str(value) for key, value in (await request.post()).items()}
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise RuleError("Bad Request: can't parse the JSON object") from None
    if not isinstance(body, dict):
        raise RuleError("Bad Request: the body is not an object")
    return body


def _chat(parameters: dict[str, Any]) -> str:
    chat = str(parameters.get("chat_id", ""))
    if not re.fullmatch(r"-?[0-9]{1,16}", chat):
        raise RuleError("Bad Request: chat not found")
    return chat


def _error(code: int, description: str = "") -> web.Response:
    answer: dict[str, Any] = {
        "ok": False,
        "error_code": code,
        "description": description or _DESCRIPTIONS.get(code, "Internal Server Error"),
    }
    if code == 429:
        answer["parameters"] = {"retry_after": RETRY_SECONDS}
    return web.json_response(answer, status=code)
