"""Ten turns with tools by a real model: SmolLM2-135M behind llama.cpp's own server, on a CPU.

A model this small answers badly, and that is the point: whatever it writes, each turn ends in words
or in a ModelError, and the server takes everything that is handed back to it.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import aiohttp
import pytest
import pytest_asyncio

from lola.errors import ModelError
from lola.models.chat import (
    AssistantMessage,
    ModelMessage,
    ModelRequest,
    ToolMessage,
    ToolSchema,
    Usage,
    UserMessage,
)
from lola.models.openai import OpenAIModel

PYTHON = os.environ["LOLA_TEST_SMALL_MODEL"]
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(1800)]

ROUNDS = 3
SYSTEM = """You are Lola. To price a transfer you must call pre_quote. Example:
User: how much is 30 to Peru?
Assistant: <tool_call>
{"name": "pre_quote", "arguments": {"country": "Peru", "amount": "30"}}
</tool_call>"""
QUOTE = ToolSchema(
    name="pre_quote",
    description="Price a transfer.",
    parameters={
        "type": "object",
        "properties": {
            "country": {"type": "string"},
            "amount": {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"},
        },
        "required": ["country", "amount"],
        "additionalProperties": False,
    },
)
SAID = (
    "quote 50 to Guatemala", "how much is 200 to Mexico?", "price 75 to Honduras", "quote 20",
    "quote 300 to El Salvador", "hello", "how much is 10.50 to Peru?", "price 1000 to Colombia",
    "quote 40 to Mexico", "cotiza 60 a Guatemala",
)  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address() -> AsyncIterator[str]:
    """The running server's address."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    script = Path(__file__).with_name("small_model_server.py")
    process = await asyncio.create_subprocess_exec(
        PYTHON, script, str(port), stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with aiohttp.ClientSession() as http, asyncio.timeout(240):
            while process.returncode is None:
                try:
                    async with http.get(f"http://127.0.0.1:{port}/health") as answer:
                        if answer.status == 200:
                            break
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.5)
        assert process.returncode is None
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class Figures:
    """What the turns took, for docs/models.md."""

    def __init__(self) -> None:
        self.calls = self.rounds = 0
        self.usage = Usage()
        self.ends: list[str] = []
        self.started = monotonic()

    def __str__(self) -> str:
        return (
            f"{len(self.ends)} turns, {self.rounds} answers, {self.calls} calls, "
            f"{self.usage.input_tokens} + {self.usage.output_tokens} tokens, "
            f"{monotonic() - self.started:.0f} s, ended: {', '.join(self.ends)}"
        )


async def play(model: OpenAIModel, text: str, figures: Figures) -> None:
    """Play one turn as the agent loop does: rounds of calls, the last without tools."""
    messages: list[ModelMessage] = [UserMessage(text=text)]
    for number in range(ROUNDS):
        request = ModelRequest(
            system=SYSTEM,
            messages=tuple(messages),
            tools=(QUOTE,) if number < ROUNDS - 1 else (),
            max_output_tokens=80,
            timeout=150.0,
        )
        reply = await model.complete(request)
        figures.rounds += 1
        figures.usage += reply.usage
        if not reply.calls:
            figures.ends.append("words")
            return
        figures.calls += len(reply.calls)
        messages.append(
            AssistantMessage(calls=reply.calls, provider_content=reply.provider_content)
        )
        messages += [
            ToolMessage(
                call_id=call.id,
                name=call.name,
                result={"error": call.problem} if call.problem else {"fee": "1.99 USD"},
            )
            for call in reply.calls
        ]
    figures.ends.append("calls")


async def test_ten_turns_with_tools(address) -> None:
    """Real calls, real results handed back, real counts, and no exception but ModelError."""
    model = OpenAIModel("smollm2-135m", base_url=address)
    figures = Figures()
    for text in SAID:
        try:
            await play(model, text, figures)
        except ModelError as error:
            figures.ends.append(error.reason)
    await model.close()
    sys.stderr.write(f"\n{figures}\n")
    assert len(figures.ends) == len(SAID)
    assert set(figures.ends) <= {"words", "calls", "empty", "timeout"}
    assert figures.calls >= 5
    assert figures.usage.total_tokens > 1000
    assert not figures.usage.is_estimate
