"""Google's own credentials for Vertex: whatever is wrong with them, another model can answer."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from lola.errors import ModelError
from lola.models.chat import ModelRequest, UserMessage
from lola.models.failover import Breaker, Candidate, FailoverModel
from lola.models.gemini import GeminiModel
from lola.testing.scripted_model import ScriptedModel, says

ASKED = ModelRequest(system="s", messages=(UserMessage(text="hola"),), timeout=5.0)
REVOKED = {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}


@pytest.fixture
async def model(gemini):
    made = GeminiModel(
        "gemini-3.8-flash", project="bank", location="us-central1", base_url=gemini.url
    )
    yield made
    await made.close()


async def fails(model) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await model.complete(ASKED)
    return caught.value


@pytest.mark.parametrize(
    "content", [None, "", "not json", "[]", '{"type": "service_account"}', '{"type": "unknown"}'],
    ids=["missing", "empty", "no json", "a list", "incomplete", "unknown"],
)  # fmt: skip
async def test_a_credentials_file_that_cannot_be_used(model, tmp_path, monkeypatch, content):
    """Missing, cut or of another kind: denied, with a hint, and no request goes out."""
    path = tmp_path / "account.json"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    error = await fails(model)
    assert error.reason in {"denied", "unreadable"}
    assert "token service" in str(error)


@pytest.mark.usefixtures("service_account")
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda: web.json_response(REVOKED, status=400), "denied"),
        (lambda: web.json_response({"error": "unauthorized_client"}, status=401), "denied"),
        (lambda: web.Response(text="<html>", content_type="text/html"), "unreadable"),
        (lambda: web.Response(text="<html>", content_type="text/html", status=502), "broken"),
        (lambda: web.json_response([]), "unreadable"),
        (lambda: web.json_response({}), "denied"),
    ],
    ids=["revoked", "unauthorized", "html", "html 502", "a list", "no token"],
)
async def test_a_token_endpoint_that_gives_no_token(gemini, model, answer, reason):
    """A revoked key, a portal's HTML page, an outage: a ModelError, and the model is not asked."""
    gemini.token = answer
    error = await fails(model)
    assert error.reason in {reason, "broken", "timeout"}
    assert gemini.requests == []


@pytest.mark.usefixtures("service_account")
async def test_an_outage_of_the_token_endpoint_loses_no_turn(gemini, model):
    """503: the second model answers within the first one's time."""
    gemini.token = lambda: web.json_response({"error": "unavailable"}, status=503)
    second = ScriptedModel(says("hola"))
    order = FailoverModel(
        [Candidate(model=item, breaker=Breaker()) for item in (model, second)], first_seconds=0.5
    )
    reply = await order.complete(ASKED)
    assert reply.text == "hola"
    assert reply.failed[0][1] in {"timeout", "broken"}


@pytest.mark.usefixtures("service_account")
async def test_turns_that_wait_for_a_token_share_one_request(gemini, model):
    """A token endpoint that hangs takes one thread, not all of the process."""
    hold = asyncio.Event()

    async def later() -> web.Response:
        await hold.wait()
        return web.json_response({"access_token": "vertex-token", "expires_in": 3600})

    gemini.token = later
    for text in "abc":
        gemini.says(text)
    turns = [asyncio.create_task(model.complete(ASKED)) for _ in range(3)]
    await gemini.asked_for_token.wait()
    hold.set()
    replies = await asyncio.gather(*turns)
    assert sorted(reply.text for reply in replies) == ["a", "b", "c"]
    assert gemini.tokens == 1


@pytest.mark.usefixtures("service_account")
async def test_a_token_outlives_the_turn_that_asked_for_it(gemini, model):
    """The first turn runs out of time; the next one finds the token that came after it."""
    hold = asyncio.Event()

    async def later() -> web.Response:
        await hold.wait()
        return web.json_response({"access_token": "vertex-token", "expires_in": 3600})

    gemini.token = later
    asked = ModelRequest(system="s", messages=ASKED.messages, timeout=0.3)
    with pytest.raises(ModelError) as caught:
        await model.complete(asked)
    assert caught.value.reason == "timeout"
    hold.set()
    gemini.says("hola")
    assert (await model.complete(ASKED)).text == "hola"
    assert gemini.tokens == 1


@pytest.mark.usefixtures("service_account")
async def test_a_token_is_renewed_before_it_ends(gemini, model):
    """Google's tokens live an hour; a used one is replaced and not sent again."""
    gemini.says("a")
    gemini.says("b")
    await model.complete(ASKED)
    soon = datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=5)
    model._client._credentials._source.expiry = soon
    gemini.token = lambda: web.json_response({"access_token": "second", "expires_in": 3600})
    await model.complete(ASKED)
    assert [item["Authorization"] for item in gemini.headers] == [
        "Bearer vertex-token", "Bearer second"
    ]  # fmt: skip


@pytest.mark.usefixtures("service_account")
async def test_a_replaced_credentials_file_is_read(gemini, model, monkeypatch):
    """After a key was revoked, the new file works without a restart."""
    gemini.token = lambda: web.json_response(REVOKED, status=400)
    assert (await fails(model)).reason == "denied"
    gemini.replace_account(client_email="new@bank.example")
    gemini.token = None
    gemini.says("hola")
    assert (await model.complete(ASKED)).text == "hola"
