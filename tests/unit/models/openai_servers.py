"""OpenAI itself on loopback: chat completions and Responses, as strict as the service."""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.unit.models import openai_rules
from tests.unit.models.servers import Call, ModelServer, OpenAIServer


@dataclass
class StrictChatServer(OpenAIServer):
    """`/v1/chat/completions` of OpenAI; with any other path it answers 404."""

    def broken_rule(self, body: dict[str, Any]) -> str:
        """Return what the service refuses (openai_rules.py)."""
        if self.paths[-1] != "/v1/chat/completions":
            return f"404 no such path: {self.paths[-1]}"
        return openai_rules.chat_refusal(body)


@dataclass
class ResponsesServer(ModelServer):
    """`/v1/responses` of OpenAI. Thoughts that it gives out must come back with their calls."""

    issued: dict[str, str] = field(default_factory=dict)
    needed: dict[str, str] = field(default_factory=dict)
    does_think: bool = True

    def broken_rule(self, body: dict[str, Any]) -> str:
        """Return what the service refuses (openai_rules.py)."""
        if self.paths[-1] != "/v1/responses":
            return f"404 no such path: {self.paths[-1]}"
        return openai_rules.responses_refusal(body, self.issued, self.needed)

    def failure(self, status: int, text: str, **headers: str) -> web.Response:
        """OpenAI's error object."""
        error = {"message": text, "type": "x", "param": None, "code": None}
        return web.json_response({"error": error}, status=status, headers=headers)

    def answers_with(self, *items: dict[str, Any], **more: Any) -> None:
        """Queue an answer with these items."""
        usage = {
            "input_tokens": 10,
            "input_tokens_details": {"cached_tokens": 4},
            "output_tokens": 8,
            "output_tokens_details": {"reasoning_tokens": 3},
            "total_tokens": 18,
        }
        self.answers.append(
            {
                "id": "resp_1",
                "object": "response",
                "created_at": 1,
                "status": "completed",
                "model": "m",
                "output": list(items),
                "parallel_tool_calls": True,
                "tool_choice": "auto",
                "tools": [],
                "usage": usage,
                **more,
            }
        )

    def thinks(self) -> list[dict[str, Any]]:
        """Return a new thought, as the service gives it out."""
        if not self.does_think:
            return []
        id_ = f"rs_{len(self.issued)}"
        self.issued[id_] = f"encrypted {id_}"
        thought = {"id": id_, "type": "reasoning", "summary": [], "status": None}
        return [{**thought, "encrypted_content": self.issued[id_], "content": None}]

    def words(self, text: str, **more: Any) -> dict[str, Any]:
        """Return a message."""
        part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed"}
        return {**message, "content": [part], **more}

    def says(self, text: str) -> None:
        """Queue words after a thought."""
        self.answers_with(*self.thinks(), self.words(text))

    def calls(self, *calls: Call, beside: str = "") -> None:
        """Queue function calls after a thought, with words beside them if given."""
        thought = self.thinks()
        wishes = [
            {
                "id": f"fc_{len(self.needed)}_{place}",
                "type": "function_call",
                "status": "completed",
                "call_id": id_,
                "name": name,
                "arguments": json.dumps(arguments),
            }
            for place, (id_, name, arguments) in enumerate(calls)
        ]
        for wish in wishes:
            if thought:
                self.needed[wish["id"]] = self.needed[wish["call_id"]] = thought[0]["id"]
        said = [self.words(beside, phase="commentary")] if beside else []
        self.answers_with(*thought, *said, *wishes)

    def blocks(self) -> None:
        """Queue an answer that the filter took."""
        details = {"reason": "content_filter"}
        self.answers_with(self.words(""), status="incomplete", incomplete_details=details)

    def is_empty(self) -> None:
        """Queue an answer with nothing but a thought in it."""
        self.answers_with(*self.thinks())

    def is_cut_short(self, text: str) -> None:
        """Queue an answer that met the token limit."""
        details = {"reason": "max_output_tokens"}
        self.answers_with(self.words(text), status="incomplete", incomplete_details=details)
