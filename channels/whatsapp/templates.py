"""Message templates at Meta: submitted, listed, filled, and what the webhooks say of them
(reference/channels.md 1.14).
"""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlencode

from channels.incoming import clean, identifier
from channels.payload import load_object, optional_object
from channels.whatsapp.envelope import objects
from channels.whatsapp.graph import GraphClient
from lola.channel.templates import (
    CATEGORY,
    PREFIX,
    FilledTemplate,
    MessageTemplate,
    ProviderTemplate,
    TemplateStatus,
)
from lola.domain.messages import JsonObject
from lola.errors import RejectedError, TemplateError

FIELDS: Final = "id,name,language,status,category,rejected_reason"
PAGE, MAX_PAGES = 100, 60
STATUS_FIELD = "message_template_status_update"
REFUSED: Final = range(132000, 132100)
"""Codes of a send that blame the template."""
STOPPED: Final = frozenset({132001, 132007, 132015, 132016})
"""Those of them that hold for every recipient."""
PAUSES: Mapping[str, TemplateStatus] = {
    "FIRST_PAUSE": "paused",
    "SECOND_PAUSE": "paused",
    "RATE_LIMITING_PAUSE": "paused",
    "DISABLED": "disabled",
    "UNPAUSE": "approved",
}
"""The title of an event that stops a template or lets it go on; it tells more than the event."""
STATUSES: Mapping[str, TemplateStatus] = {
    "APPROVED": "approved",
    "REINSTATED": "approved",
    "UNARCHIVED": "approved",
    # It may still be sent.
    "FLAGGED": "approved",
    "LOCKED": "approved",
    "PENDING": "pending",
    "IN_APPEAL": "rejected",
    "REJECTED": "rejected",
    "PAUSED": "paused",
    "LIMIT_EXCEEDED": "rejected",
    "ARCHIVED": "paused",
    "DISABLED": "disabled",
    "DELETED": "disabled",
    "PENDING_DELETION": "disabled",
}
"""Meta's words; one that is not here does not count as approved."""


class GraphTemplates:
    """The templates of one WhatsApp Business Account; empty `account` for none."""

    def __init__(self, graph: GraphClient, account: str) -> None:
        self._graph = graph
        self.account = account

    async def read_all(self) -> tuple[ProviderTemplate, ...]:
        """Return our templates. Raises ChannelError."""
        found: list[ProviderTemplate] = []
        query = {"fields": FIELDS, "limit": str(PAGE)}
        for _ in range(MAX_PAGES):
            answer = await self._graph.call("GET", self.account, _path(query))
            rows = answer.get("data")
            found += filter(None, map(_listed, rows if isinstance(rows, list) else ()))
            paging = optional_object(answer.get("paging"))
            after = identifier(optional_object(paging.get("cursors")).get("after"))
            if not paging.get("next") or not after:
                break
            query["after"] = after
        return tuple(found)

    async def submit(self, template: MessageTemplate) -> ProviderTemplate:
        """Create a template, which begins its review. Raises ChannelError."""
        answer = await self._graph.call("POST", self.account, _path({}), creation(template))
        return ProviderTemplate(
            name=template.name,
            language=template.language,
            status=STATUSES.get(str(answer.get("status")), "pending"),
            id=identifier(answer.get("id")),
            category=_word(answer.get("category")),
        )


def creation(template: MessageTemplate) -> JsonObject:
    """Return the request that creates a template, with named variables and their samples."""
    text = template.body({name: f"{{{{{name}}}}}" for name in template.variables})
    body: JsonObject = {"type": "BODY", "text": text}
    request: JsonObject = {
        "name": template.name,
        "language": template.language,
        "category": CATEGORY,
        "components": [body],
    }
    if samples := template.samples():
        request["parameter_format"] = "NAMED"
        body["example"] = {
            "body_text_named_params": [
                {"param_name": name, "example": sample} for name, sample in samples.items()
            ]
        }
    return request


def payload(filled: FilledTemplate) -> JsonObject:
    """Return the part of a message that differs by kind."""
    template: JsonObject = {
        "name": filled.provider.name,
        "language": {"code": filled.provider.language},
    }
    if filled.values:
        parameters = [
            {"type": "text", "parameter_name": name, "text": value}
            for name, value in filled.values.items()
        ]
        template["components"] = [{"type": "body", "parameters": parameters}]
    return {"type": "template", "template": template}


def blamed(error: RejectedError) -> RejectedError:
    """Return the refusal of a send as TemplateError when it is the template's fault."""
    code = int(error.provider_code) if error.provider_code.isdigit() else 0
    if code not in REFUSED:
        return error
    return TemplateError(
        str(error.args[0]),
        provider_code=error.provider_code,
        hint=error.hint,
        is_stopped=code in STOPPED,
    )


def reported(body: bytes) -> Iterator[ProviderTemplate]:
    """Yield what a verified webhook says of our templates. Raises MalformedPayloadError."""
    # Most webhooks are large batches of messages, which are read once already.
    if STATUS_FIELD.encode() not in body:
        return
    payload = load_object(body)
    if payload.get("object") != "whatsapp_business_account":
        return
    for entry in objects(payload, "entry"):
        for change in objects(entry, "changes"):
            if change.get("field") == STATUS_FIELD:
                yield from _changed(optional_object(change.get("value")))


def _changed(value: JsonObject) -> Iterator[ProviderTemplate]:
    name = identifier(value.get("message_template_name"))
    status = STATUSES.get(_word(value.get("event")))
    if not name.startswith(PREFIX) or status is None:
        return
    details, pause = map(optional_object, (value.get("rejection_info"), value.get("other_info")))
    title = _word(pause.get("title"))
    yield ProviderTemplate(
        name=name,
        # Meta's own sample has a hyphen here (reference/channels.md 1.14).
        language=identifier(value.get("message_template_language")).replace("-", "_"),
        status=PAUSES.get(title, status),
        id=_id(value.get("message_template_id")),
        category=_word(value.get("message_template_category")),
        reason=_reason(
            value.get("reason"), title, details.get("reason"), details.get("recommendation")
        ),
    )


def _listed(given: object) -> ProviderTemplate | None:
    row = optional_object(given)
    name = identifier(row.get("name"))
    if not name.startswith(PREFIX):
        return None
    return ProviderTemplate(
        name=name,
        language=identifier(row.get("language")),
        status=STATUSES.get(_word(row.get("status")), "paused"),
        id=_id(row.get("id")),
        category=_word(row.get("category")),
        reason=_reason(row.get("rejected_reason")),
    )


def _reason(*parts: object) -> str:
    return ": ".join(word for word in map(_word, parts) if word and word != "NONE")


def _word(value: object) -> str:
    return " ".join(clean(value).split())[:300] if isinstance(value, str) else ""


def _id(value: object) -> str:
    return str(value) if isinstance(value, int) else identifier(value)


def _path(query: Mapping[str, str]) -> str:
    return "/message_templates" + (f"?{urlencode(query)}" if query else "")
