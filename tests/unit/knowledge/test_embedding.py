"""The offline embedding is deterministic, of unit length, and close for similar words."""

import subprocess
import sys

import numpy as np
import pytest

from knowledge.embedding import DIMENSIONS, HashedEmbedding


def embed(text: str, language: str = "es") -> np.ndarray:
    return HashedEmbedding().question(text, language)[0]


def test_vectors_have_unit_length():
    """256 float32 numbers whose squares add up to one."""
    vector = embed("¿Cuánto cuesta un envío a México?")
    assert vector.shape == (DIMENSIONS,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)


def test_a_text_of_fillers_is_the_zero_vector():
    """Nothing to say is near to nothing."""
    assert not embed("hola, ¿y tú?").any()


def test_another_process_computes_the_same_vector():
    """Python's hash seed must not reach the index, or it would be lost at each start."""
    code = (
        "from knowledge.embedding import HashedEmbedding as H;"
        "print(H().question('comisión por envío', 'es')[0].tobytes().hex())"
    )
    run = subprocess.run(  # noqa: S603 - our own interpreter and a fixed program
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PYTHONHASHSEED": "7"},
    )
    assert run.stdout.strip() == embed("comisión por envío").tobytes().hex()


def test_a_misspelt_word_is_nearer_than_another_word():
    """Character n-grams forgive what stems do not."""
    right = embed("comisión")
    assert right @ embed("comicion") > 0.25
    assert right @ embed("comicion") > 3 * abs(right @ embed("pasaporte"))


def test_the_name_tells_dimensions_apart():
    """An index made with other dimensions has another key, so it is built again."""
    assert HashedEmbedding(64).name != HashedEmbedding().name
    assert HashedEmbedding(64).question("fees", "en").shape == (1, 64)
