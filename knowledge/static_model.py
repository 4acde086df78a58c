"""A static embedding model that a bank points to by a folder: KNOWLEDGE_MODEL.

The folder has the files that model2vec writes (`tokenizer.json`, `model.safetensors`). A text is
the mean of its tokens' vectors, so no network is asked and the same text has the same vector
everywhere. Nothing is ever fetched.
"""

import json
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.embedding import EmbeddingUnavailableError

if TYPE_CHECKING:
    import numpy as np

    from knowledge.embedding import Vectors

    Tensor = np.ndarray[Any, np.dtype[Any]]

_TYPES = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "I64": "<i8", "I32": "<i4"}


class StaticModel:
    """Implements `knowledge.embedding.Embedding`. The files are read with the first text."""

    weight = 0.2

    def __init__(self, folder: Path, alone: float = 1.0) -> None:
        self._folder = folder
        self.alone = alone
        self._read: tuple[Any, Tensor, dict[str, Tensor]] | None = None

    @property
    def name(self) -> str:
        """The digest of the model's file: another model means another index."""
        try:
            with (self._folder / "model.safetensors").open("rb") as file:
                digest = blake2b(digest_size=8)
                while block := file.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            return f"static-missing-{error.errno}"
        return f"static-{digest.hexdigest()}"

    def passages(self, texts: Sequence[str], language: str) -> "Vectors":  # noqa: ARG002
        """Return one row per text. Raises EmbeddingUnavailableError."""
        import numpy as np

        return np.stack([self._embed(text) for text in texts])

    def question(self, text: str, language: str) -> "Vectors":
        """Return one row. Raises EmbeddingUnavailableError."""
        return self.passages([text], language)

    def _embed(self, text: str) -> "Tensor":
        import numpy as np

        tokenizer, table, tensors = self._model()
        ids = np.asarray(tokenizer.encode(text, add_special_tokens=False).ids, dtype=np.int64)
        if (unknown := tokenizer.token_to_id("[UNK]")) is not None:
            ids = ids[ids != unknown]
        if not len(ids):
            return np.zeros(table.shape[1], dtype=np.float32)
        rows = tensors["mapping"][ids] if "mapping" in tensors else ids
        vectors = table[rows].astype(np.float32)
        if "weights" in tensors:
            vectors *= tensors["weights"][ids].astype(np.float32)[:, None]
        vector = vectors.mean(axis=0)
        length = float(np.linalg.norm(vector))
        unit: Tensor = vector / length if length else vector
        return unit

    def _model(self) -> "tuple[Any, Tensor, dict[str, Tensor]]":
        if self._read is None:
            try:
                from tokenizers import Tokenizer

                tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
                tensors = _tensors(self._folder / "model.safetensors")
                self._read = (tokenizer, tensors["embeddings"], tensors)
            # The tokenizer raises a bare Exception for a file that it cannot read.
            except Exception as error:  # noqa: BLE001
                problem = f"{self._folder.name} is no static model: {type(error).__name__}"
                raise EmbeddingUnavailableError(problem) from None
        return self._read


def _tensors(path: Path) -> "dict[str, Tensor]":
    """Read a safetensors file: a length, a JSON header, and the numbers."""
    import numpy as np

    raw = path.read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + size])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        numbers = np.frombuffer(raw[8 + size + begin : 8 + size + end], _TYPES[entry["dtype"]])
        tensors[name] = numbers.reshape(entry["shape"])
    return tensors
