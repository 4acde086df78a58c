"""Gemini's embeddings, when a bank chooses them: KNOWLEDGE_MODEL=gemini:gemini-embedding-001.

Passages are sent when the index is built, and the sender's words, already without card and personal
data, with each question. While the service does not answer, words alone find passages.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from knowledge.embedding import EmbeddingUnavailableError

if TYPE_CHECKING:
    from google.genai import Client
    from httpx import Client as Connection

    from knowledge.embedding import Vectors

API_VERSION = "v1beta"
DIMENSIONS = 768
BATCH = 100
BUILD_SECONDS = 30.0
QUESTION_SECONDS = 2.0
PAUSE_SECONDS = 30.0


class GeminiEmbedding:
    """Implements `knowledge.embedding.Embedding`, on the developer service by key."""

    weight = 0.3

    def __init__(self, model: str, *, api_key: str, base_url: str, alone: float = 1.0) -> None:
        self._model = model
        self._api_key = api_key
        self._base_url = base_url
        self.alone = alone
        self._failed_at: float | None = None

    @property
    def name(self) -> str:
        """The model and its dimensions."""
        return f"gemini-{self._model}-{DIMENSIONS}"

    def passages(self, texts: Sequence[str], language: str) -> "Vectors":  # noqa: ARG002
        """Return one row per text. Raises EmbeddingUnavailableError."""
        import numpy as np

        batches = (texts[start : start + BATCH] for start in range(0, len(texts), BATCH))
        return np.concatenate(
            [self._embedded(batch, "RETRIEVAL_DOCUMENT", BUILD_SECONDS) for batch in batches]
        )

    def question(self, text: str, language: str) -> "Vectors":  # noqa: ARG002
        """Return one row. Raises EmbeddingUnavailableError, at once for a while after a failure."""
        if self._failed_at is not None and time.monotonic() - self._failed_at < PAUSE_SECONDS:
            raise EmbeddingUnavailableError("the embedding service did not answer just now")
        try:
            vectors = self._embedded([text], "RETRIEVAL_QUERY", QUESTION_SECONDS)
        except EmbeddingUnavailableError:
            self._failed_at = time.monotonic()
            raise
        self._failed_at = None
        return vectors

    def _embedded(self, texts: Sequence[str], task: str, seconds: float) -> "Vectors":
        import numpy as np
        from google.genai import errors, types
        from httpx import Client as Connection
        from httpx import HTTPError

        # Later models merge a list of plain texts into one (reference/channels.md 5.4).
        contents: Any = [types.Content(parts=[types.Part(text=text)]) for text in texts]
        config = types.EmbedContentConfig(task_type=task, output_dimensionality=DIMENSIONS)
        try:
            # The time limit is the connection's: one of the SDK's own below 10 s is refused.
            with Connection(timeout=seconds, follow_redirects=False) as connection:
                answer = self._client(connection).models.embed_content(
                    model=self._model, contents=contents, config=config
                )
        except (errors.APIError, HTTPError, ValueError) as error:
            problem = f"the embedding service: {type(error).__name__}"
            raise EmbeddingUnavailableError(problem) from None
        rows = [row.values for row in answer.embeddings or () if row.values]
        if len(rows) != len(texts):
            raise EmbeddingUnavailableError("the embedding service left vectors out")
        vectors = np.asarray(rows, dtype=np.float32)
        # Shortened vectors are not of unit length (reference/channels.md 5.4).
        unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return unit

    def _client(self, connection: "Connection") -> "Client":
        from google import genai
        from google.genai import types

        options = types.HttpOptions(
            api_version=API_VERSION,
            base_url=self._base_url or None,
            retry_options=types.HttpRetryOptions(attempts=1),
            httpx_client=connection,
        )
        return genai.Client(vertexai=False, api_key=self._api_key, http_options=options)
