"""Gemini's embeddings against a server on loopback that keeps the documented rules."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from knowledge import KnowledgeBase
from knowledge.base import embedding_of
from knowledge.embedding import EmbeddingUnavailableError
from knowledge.gemini import DIMENSIONS, GeminiEmbedding
from lola.errors import ConfigurationError
from lola.settings import Settings

KEY = "embedding-key"
QUESTION = "¿Cuánto cuesta un envío?"


class Service(ThreadingHTTPServer):
    """Embeds by the words of a text (reference/channels.md 5.1 and 5.4)."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = 200
        self.asked: list[dict] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        right = (
            self.path == "/v1beta/models/gemini-embedding-001:batchEmbedContents"
            and self.headers["x-goog-api-key"] == KEY
            and all(len(one["content"]["parts"]) == 1 for one in body["requests"])
            and all(one["outputDimensionality"] == DIMENSIONS for one in body["requests"])
        )
        self.server.asked += body["requests"]
        status = self.server.status if right else 400
        answer = (
            {"embeddings": [{"values": vector_of(one)} for one in body["requests"]]}
            if status == 200
            else {"error": {"code": status, "message": "no", "status": "UNAVAILABLE"}}
        )
        raw = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        """Keep the test's output clean."""


def vector_of(request) -> list[float]:
    vector = [0.0] * DIMENSIONS
    for word in request["content"]["parts"][0]["text"].casefold().split():
        vector[sum(word.encode()) % DIMENSIONS] += 2.0
    return vector


@pytest.fixture
def service():
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(timeout=10)


@pytest.fixture
def embedding(service):
    return GeminiEmbedding("gemini-embedding-001", api_key=KEY, base_url=service.url)


def test_each_text_gets_a_unit_vector_for_its_purpose(service, embedding):
    """Passages and questions name their task; shortened vectors are brought to unit length."""
    vectors = embedding.passages(["uno", "dos", "tres"], "es")
    assert vectors.shape == (3, DIMENSIONS)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1])
    embedding.question("uno", "es")
    tasks = [one["taskType"] for one in service.asked]
    assert tasks == ["RETRIEVAL_DOCUMENT"] * 3 + ["RETRIEVAL_QUERY"]


def test_after_a_failure_the_service_is_left_alone_for_a_while(service, embedding):
    """A service that is down costs one question its time, not every one."""
    service.status = 503
    for _ in range(3):
        with pytest.raises(EmbeddingUnavailableError):
            embedding.question("uno", "es")
    assert len(service.asked) == 1


async def test_a_service_that_fails_later_costs_the_vectors_and_not_the_answer(
    service, embedding, write, documents, tmp_path, clock
):
    """Built with the service, searched without it: words answer."""
    write()
    base = KnowledgeBase(
        documents=documents,
        data=tmp_path / "data",
        project="test",
        clock=clock,
        embedding=embedding,
    )
    await base.open()
    with_vectors = await base.search(QUESTION, "es")
    service.status = 500
    without = await base.search(QUESTION, "es")
    assert [passage.id for passage in with_vectors] == [passage.id for passage in without]
    assert service.asked[-1]["taskType"] == "RETRIEVAL_QUERY"
    await base.close()


def test_the_setting_names_the_model_and_needs_the_key():
    """Without a key the start ends with the setting's name instead of an outage later."""
    chosen = Settings(knowledge_model="gemini:gemini-embedding-001", gemini_api_key=KEY)
    assert embedding_of(chosen).name == f"gemini-gemini-embedding-001-{DIMENSIONS}"
    with pytest.raises(ConfigurationError, match="GEMINI_API_KEY"):
        embedding_of(Settings(knowledge_model="gemini:gemini-embedding-001"))
