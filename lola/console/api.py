"""The console as JSON, for scripts and tests: the same sign-in, actions and rules as the pages.

Every call that changes something carries the token from `login` in the `X-CSRF-Token` header.
An error is `{"error": <stable word>}`; a conflict also has `owner` and `by`.
"""

from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from lola.console import noting
from lola.console import sign_in as signing
from lola.console.context import (
    CONSOLE,
    CONVERSATION,
    SIGN_IN,
    ActionResult,
    conversation_of,
    refusal,
)
from lola.console.views import CaseView, ConversationView
from lola.escalation.staff_actions import Conflict, HandedBack, Queued, Taken
from lola.telemetry import names

_CASES: TypeAdapter[tuple[CaseView, ...]] = TypeAdapter(tuple[CaseView, ...])
_CONVERSATION: TypeAdapter[ConversationView] = TypeAdapter(ConversationView)

Model = TypeVar("Model", bound=BaseModel)


class Login(BaseModel):
    """The body of a sign-in."""

    model_config = ConfigDict(extra="forbid")
    name: str
    password: str


class Reply(BaseModel):
    """The body of a reply. Of replies with the same `once`, one is sent."""

    model_config = ConfigDict(extra="forbid")
    text: str
    once: str = ""


class HandBack(BaseModel):
    """The body of a hand-back. The bot gets the note as data."""

    model_config = ConfigDict(extra="forbid")
    note: str = ""


class Resolve(BaseModel):
    """The body of closing a case; `reason` is one of the console's list."""

    model_config = ConfigDict(extra="forbid")
    reason: str


class Assign(BaseModel):
    """The body of an assignment to a colleague."""

    model_config = ConfigDict(extra="forbid")
    to: str


class Text(BaseModel):
    """The body of a note or a draft."""

    model_config = ConfigDict(extra="forbid")
    text: str


def add_api(app: web.Application) -> None:
    """Register the routes under `/api/`."""
    router = app.router
    router.add_post("/api/login", login, name="api_sign_in")
    router.add_get("/api/queue", queue, name="api_queue")
    path = f"/api/conversations/{CONVERSATION}"
    router.add_get(path, conversation, name="api_conversation")
    router.add_post(f"{path}/take-over", take_over, name="api_take_over")
    router.add_post(f"{path}/reply", reply, name="api_reply")
    router.add_post(f"{path}/hand-back", hand_back, name="api_hand_back")
    router.add_post(f"{path}/resolve", resolve, name="api_resolve")
    router.add_post(f"{path}/assign", assign, name="api_assign")
    router.add_post(f"{path}/notes", note, name="api_note")
    router.add_put(f"{path}/draft", draft, name="api_draft")


async def login(request: web.Request) -> web.StreamResponse:
    """Sign in with `{"name", "password"}`; return the token and set the cookie."""
    body = await read_body(request, Login)
    if body is None:
        return error_answer(422, "malformed")
    result = await signing.sign_in(request, body.name, body.password)
    if isinstance(result, signing.SignInRefused):
        response = error_answer(result.status, result.reason)
        response.headers.update(result.headers)
        return response
    sign_in, account = result.sign_in, result.sign_in.account
    response = web.json_response({"name": account.name, "role": account.role, "csrf": sign_in.csrf})
    result.grant(request, response)
    return response


async def queue(request: web.Request) -> web.StreamResponse:
    """Return the queue, most urgent first."""
    cases = await request.app[CONSOLE].cases.all_open()
    return web.json_response(
        {
            "waiting": sum(case.owner == "waiting" for case in cases),
            "human": sum(case.owner == "human" for case in cases),
            "cases": _CASES.dump_python(cases, mode="json"),
        }
    )


async def conversation(request: web.Request) -> web.StreamResponse:
    """Return one conversation."""
    wanted = conversation_of(request)
    console = request.app[CONSOLE]
    await console.record(names.CONSOLE_CONVERSATION_READ, request[SIGN_IN].name, wanted)
    view = await console.view(wanted)
    if view is None:
        return error_answer(404, "unknown")
    return web.json_response(_CONVERSATION.dump_python(view, mode="json"))


async def take_over(request: web.Request) -> web.StreamResponse:
    """Take the conversation over."""
    name = request[SIGN_IN].name
    return _answer(await noting.take_over(request.app[CONSOLE], conversation_of(request), name))


async def reply(request: web.Request) -> web.StreamResponse:
    """Send `{"text", "once"?}` to the sender; `removed` says what was taken out of it first."""
    body = await read_body(request, Reply)
    if body is None:
        return error_answer(422, "malformed")
    console, name, wanted = request.app[CONSOLE], request[SIGN_IN].name, conversation_of(request)
    result = await console.actions.reply(wanted, name, body.text, once=body.once)
    if isinstance(result, Queued):
        await console.desk.drop_draft(wanted, name)
    return _answer(result)


async def hand_back(request: web.Request) -> web.StreamResponse:
    """Give the conversation back to the bot, with `{"note"?}` about what was agreed."""
    body = await read_body(request, HandBack) if request.can_read_body else HandBack()
    if body is None:
        return error_answer(422, "malformed")
    actions, sign_in = request.app[CONSOLE].actions, request[SIGN_IN]
    return _answer(
        await actions.hand_back(
            conversation_of(request),
            sign_in.name,
            supervisor=sign_in.is_supervisor,
            note=body.note,
        )
    )


async def resolve(request: web.Request) -> web.StreamResponse:
    """Close the case with `{"reason"}`; the bot goes on without what was said before."""
    body = await read_body(request, Resolve)
    console, sign_in = request.app[CONSOLE], request[SIGN_IN]
    if body is None or body.reason not in console.pages.resolutions:
        return error_answer(422, "malformed" if body is None else "reason")
    return _answer(
        await console.actions.resolve(
            conversation_of(request),
            sign_in.name,
            body.reason,
            supervisor=sign_in.is_supervisor,
        )
    )


async def assign(request: web.Request) -> web.StreamResponse:
    """Give the conversation to the colleague `{"to"}`."""
    body = await read_body(request, Assign)
    console, sign_in = request.app[CONSOLE], request[SIGN_IN]
    if body is None or await console.staff.find(body.to) is None:
        return error_answer(422, "malformed" if body is None else "colleague")
    return _answer(await noting.assign(console, conversation_of(request), sign_in, body.to))


async def note(request: web.Request) -> web.StreamResponse:
    """Keep a note `{"text"}` for colleagues; the sender never sees it."""
    body = await read_body(request, Text)
    if body is None:
        return error_answer(422, "malformed")
    console, wanted = request.app[CONSOLE], conversation_of(request)
    refused = await noting.add_note(console, wanted, request[SIGN_IN].name, body.text)
    if refused:
        return error_answer(404 if refused == "unknown" else 422, refused)
    return web.json_response({"kept": True}, status=201)


async def draft(request: web.Request) -> web.StreamResponse:
    """Keep what is typed so far; `removed` is what would be taken out, `language` a wrong one."""
    body = await read_body(request, Text)
    if body is None:
        return error_answer(422, "malformed")
    removed, language = await noting.keep_draft(
        request.app[CONSOLE], conversation_of(request), request[SIGN_IN].name, body.text
    )
    return web.json_response({"removed": list(removed), "language": language})


def _answer(result: ActionResult) -> web.Response:
    match result:
        case Taken(ownership=ownership) | HandedBack(ownership=ownership):
            return web.json_response(
                {"owner": ownership.owner, "staff": ownership.staff, "epoch": ownership.epoch}
            )
        case Queued(id=message_id, duplicate=duplicate, removed=removed):
            told = {"removed": list(removed)} if removed else {}
            return web.json_response({"id": message_id, "duplicate": duplicate, **told}, status=202)
    status, word = refusal(result) or (500, "unexpected")
    facts = {"owner": result.owner, "by": result.by} if isinstance(result, Conflict) else {}
    return error_answer(status, word, **facts)


def error_answer(status: int, word: str, **facts: Any) -> web.Response:
    """Return an error with its stable word."""
    return web.json_response({"error": word, **facts}, status=status)


async def read_body(request: web.Request, model: type[Model]) -> Model | None:
    """Return the body, or None when it is not JSON of this model."""
    # A form of another site cannot send this type, so it cannot sign anybody in.
    if request.content_type != "application/json":
        return None
    try:
        return model.model_validate_json(await request.read())
    except ValidationError:
        return None
