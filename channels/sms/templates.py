"""Message templates at Twilio: contents that WhatsApp approves (reference/channels.md 2.10).

They belong to the account of TWILIO_WHATSAPP_FROM. Twilio reports no change of their status, so it
is asked from time to time.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp

from channels.failures import (
    CONNECT_SECONDS,
    SEND_SECONDS,
    classified,
    retry_after,
)
from channels.incoming import clean, identifier
from channels.payload import optional_object, response_object
from channels.sms.accounts import Account
from channels.sms.codes import CODES
from channels.sms.contents import Content
from lola.channel.templates import (
    CATEGORY,
    PREFIX,
    FilledTemplate,
    MessageTemplate,
    ProviderTemplate,
    TemplateStatus,
)
from lola.domain.messages import JsonObject
from lola.errors import (
    ChannelError,
    ChannelStoppedError,
    RejectedError,
    RetryLaterError,
    TemplateError,
)

DEFAULT_BASE = "https://content.twilio.com"
PAGE, MAX_PAGES = 100, 60
TEXT = "twilio/text"
REFUSED: Final = frozenset({"21655", "21656", "63027", "63028", "63040", "63041", "63042"})
"""Codes of a send that blame the template."""
OF_VALUES: Final = frozenset({"21656", "63028"})
"""Those of them that blame only the values."""
STATUSES: Mapping[str, TemplateStatus] = {
    "unsubmitted": "unsubmitted",
    "received": "pending",
    "pending": "pending",
    "approved": "approved",
    "rejected": "rejected",
    "paused": "paused",
    "disabled": "disabled",
}
"""Twilio's words; one that is not here does not count as approved."""


class TwilioTemplates:
    """The Content API of one account; None without credentials or a WhatsApp number."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base: str,
        account: Account | None,
        *,
        seconds: float = SEND_SECONDS,
    ) -> None:
        self.account = account
        self._http = http
        self._base = (base or DEFAULT_BASE).rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=seconds, connect=min(CONNECT_SECONDS, seconds))

    async def read_all(self) -> tuple[ProviderTemplate, ...]:
        """Return our contents with their approval. Raises ChannelError."""
        found: list[ProviderTemplate] = []
        query = {"PageSize": str(PAGE)}
        for _ in range(MAX_PAGES):
            answer = await self._call("GET", f"/v1/ContentAndApprovals?{urlencode(query)}")
            rows = answer.get("contents")
            found += filter(None, map(_listed, rows if isinstance(rows, list) else ()))
            following = optional_object(answer.get("meta")).get("next_page_url")
            if not isinstance(following, str) or not following:
                break
            # Only its query is used: the credentials go to no other address.
            query = dict(parse_qsl(urlsplit(following).query))
        return tuple(found)

    async def submit(
        self, template: MessageTemplate, known: ProviderTemplate | None
    ) -> ProviderTemplate:
        """Create the content, unless it is there, and ask for its approval. Raises ChannelError."""
        sid = known.id if known else ""
        if not sid:
            sid = identifier(
                (await self._call("POST", "/v1/Content", creation(template))).get("sid")
            )
        answer = await self._call(
            "POST",
            f"/v1/Content/{sid}/ApprovalRequests/whatsapp",
            {"name": template.name, "category": CATEGORY},
        )
        return ProviderTemplate(
            name=template.name,
            language=template.language,
            status=STATUSES.get(str(answer.get("status")), "pending"),
            id=sid,
            category=_word(answer.get("category")),
            reason=_word(answer.get("rejection_reason")),
        )

    async def _call(self, method: str, path: str, body: JsonObject | None = None) -> JsonObject:
        if self.account is None:
            raise ChannelStoppedError(
                "Twilio is not configured", hint="set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
            )
        credentials = aiohttp.encode_basic_auth(self.account.sid, self.account.tokens[0])
        with classified("Twilio"):
            async with self._http.request(
                method,
                self._base + path,
                json=body,
                headers={"Authorization": credentials},
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                answer = response_object(await response.read())
                if response.status < 300:
                    return answer
                raise _error(response.status, answer, retry_after(response.headers))


def creation(template: MessageTemplate) -> JsonObject:
    """Return the request that creates a content; its variables are numbered, with samples."""
    marks = {name: f"{{{{{place}}}}}" for place, name in enumerate(template.variables, 1)}
    samples = enumerate(template.samples().values(), 1)
    return {
        "friendly_name": template.name,
        "language": template.language,
        "variables": {str(place): sample for place, sample in samples},
        "types": {TEXT: {"body": template.body(marks)}},
    }


def content(filled: FilledTemplate) -> Content:
    """Return what a call carries to send a filled template."""
    # A straight apostrophe has been refused with 21656 (reference/channels.md 2.10).
    values = (value.replace("'", "’") for value in filled.values.values())
    variables = {str(place): value for place, value in enumerate(values, 1)}
    return Content(sid=filled.provider.id, variables=variables, category="utility")


def blamed(error: RejectedError) -> RejectedError:
    """Return the refusal of a send as TemplateError when it is the template's fault."""
    if error.provider_code not in REFUSED:
        return error
    return TemplateError(
        str(error.args[0]),
        provider_code=error.provider_code,
        hint=error.hint,
        is_stopped=error.provider_code not in OF_VALUES,
    )


def _listed(row: object) -> ProviderTemplate | None:
    given = optional_object(row)
    name, sid = identifier(given.get("friendly_name")), identifier(given.get("sid"))
    if not name.startswith(PREFIX) or not sid:
        return None
    approval = optional_object(given.get("approval_requests"))
    return ProviderTemplate(
        name=name,
        language=identifier(given.get("language")),
        status=STATUSES.get(_word(approval.get("status")) or "unsubmitted", "paused"),
        id=sid,
        category=_word(approval.get("category")),
        reason=_word(approval.get("rejection_reason")),
    )


def _error(status: int, answer: JsonObject, after: float | None) -> ChannelError:
    number = answer.get("code")
    code = number if isinstance(number, int) else status
    known = CODES.get(code)
    text, hint = f"Twilio refused with code {code}", known.hint if known else ""
    if status in {401, 403}:
        return ChannelStoppedError(text, provider_code=str(code), hint=hint)
    if status == 429 or status >= 500:
        return RetryLaterError(text, provider_code=str(code), after=after, hint=hint)
    return RejectedError(text, provider_code=str(code), hint=hint or _word(answer.get("message")))


def _word(value: object) -> str:
    return " ".join(clean(value).split())[:300] if isinstance(value, str) else ""
