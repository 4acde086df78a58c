"""A program that does the least a service like this must, for `lola bench` to compare with.

It checks the webhook's HMAC, stores the message with one Redis script, asks the model and sends
its answer. It has no order, no retries, no guards and no memory.
"""

import asyncio
import hashlib
import hmac
import json
import os
from typing import Any

import aiohttp
from aiohttp import web
from redis.asyncio import Redis

from lola.domain.messages import JsonObject

_SCRIPT = """
if redis.call('SET', KEYS[1], '1', 'NX', 'EX', 60) then redis.call('RPUSH', KEYS[2], ARGV[1]) end
return 1
"""


def bare_webhook(redis: Redis, secret: str) -> Any:
    """Return an aiohttp handler that stores a signed webhook."""
    script = redis.register_script(_SCRIPT)

    async def handler(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        given = request.headers.get("X-Hub-Signature-256", "")
        if not hmac.compare_digest(f"sha256={digest}", given):
            return web.Response(status=401)
        await script(keys=(f"bare:{digest}", "bare:list"), args=(body,))
        return web.Response()

    return handler


async def _reply(http: aiohttp.ClientSession, body: JsonObject) -> None:
    """Ask the model about the first message of a webhook, and send what it says."""
    message = body["entry"][0]["changes"][0]["value"]["messages"][0]
    asked = [{"role": "user", "content": message["text"]["body"]}]
    url = f"{os.environ['OPENAI_BASE_URL']}/chat/completions"
    async with http.post(url, json={"model": "bench", "messages": asked}) as answer:
        choice = (await answer.json())["choices"][0]
    text = choice["message"]["content"] or "…"
    sent = {"to": message["from"], "type": "text", "text": {"body": text}}
    async with http.post(f"{os.environ['WHATSAPP_GRAPH_URL']}/messages", json=sent) as response:
        await response.read()


async def _run() -> None:
    redis = Redis.from_url(os.environ["REDIS_URL"])
    store = bare_webhook(redis, os.environ["WHATSAPP_APP_SECRET"])
    replies: set[asyncio.Task[None]] = set()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:

        async def webhook(request: web.Request) -> web.StreamResponse:
            stored: web.StreamResponse = await store(request)
            if stored.status == web.HTTPOk.status_code:
                task = asyncio.create_task(_reply(http, json.loads(await request.read())))
                replies.add(task)
                task.add_done_callback(replies.discard)
            return stored

        app = web.Application()
        app.router.add_post("/{path:.*}", webhook)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(f"listening on http://127.0.0.1:{runner.addresses[0][1]}", flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_run())
