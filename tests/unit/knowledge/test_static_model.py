"""A static model by its folder: read without its library, and never in the way of an answer."""

import json

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from knowledge import KnowledgeBase
from knowledge.base import embedding_of
from knowledge.embedding import EmbeddingUnavailableError
from knowledge.static_model import StaticModel
from lola.errors import ConfigurationError
from lola.settings import Settings

WORDS = {"[UNK]": 0, "lana": 1, "costo": 2, "clima": 3, "comisión": 4}
TABLE = np.asarray([[9, 9], [1, 0], [0.9, 0.1], [0, 1], [0.8, 0.2]], dtype="<f4")


@pytest.fixture
def folder(tmp_path):
    """Five words: lana, costo and comisión lie close together, clima apart."""
    path = tmp_path / "model"
    path.mkdir()
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(path / "tokenizer.json"))
    shape = {"dtype": "F32", "shape": list(TABLE.shape), "data_offsets": [0, TABLE.nbytes]}
    header = json.dumps({"__metadata__": {}, "embeddings": shape}).encode()
    raw = len(header).to_bytes(8, "little") + header + TABLE.tobytes()
    (path / "model.safetensors").write_bytes(raw)
    return path


def test_a_text_is_the_mean_of_its_words_at_unit_length(folder):
    """Unknown words count nothing; a text without a known word is near to nothing."""
    model = StaticModel(folder)
    (vector,) = model.question("lana nada clima", "es")
    assert vector == pytest.approx([2**-0.5, 2**-0.5])
    assert not model.question("nada", "es").any()


def test_another_model_has_another_name(folder):
    """The index is built again when the files change."""
    before = StaticModel(folder).name
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes() + b"\0")
    assert StaticModel(folder).name != before


async def test_a_close_vector_finds_what_shares_no_word(folder, write, documents, tmp_path, clock):
    """Above the floor that the bank set, a paraphrase is answered; below it, it is not."""
    write(body="\n## costo\n\nUn envío vale 2.99 USD.\n")
    found = {}
    for floor in (0.9, 1.0):
        base = KnowledgeBase(
            documents=documents,
            data=tmp_path / f"data{floor}",
            project="test",
            clock=clock,
            embedding=StaticModel(folder, floor),
        )
        await base.open()
        found[floor] = [
            len(await base.search(question, "es")) for question in ("lana", "clima", "costo")
        ]
        await base.close()
    assert found == {0.9: [1, 0, 1], 1.0: [0, 0, 1]}


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
def test_a_folder_that_is_no_model_is_unavailable(folder, name):
    """A wrong folder ends the build with its name, and the last good index goes on."""
    (folder / name).write_bytes(b"{")
    with pytest.raises(EmbeddingUnavailableError, match="model is no static model"):
        StaticModel(folder).question("lana", "es")


async def test_a_build_that_fails_for_the_model_names_its_setting(
    write, documents, tmp_path, clock
):
    """Not the folder of the index, which is in order."""
    write()
    base = KnowledgeBase(
        documents=documents,
        data=tmp_path / "data",
        project="test",
        clock=clock,
        embedding=StaticModel(tmp_path / "none"),
    )
    await base.open()
    with pytest.raises(ConfigurationError) as raised:
        await base.ready()
    assert raised.value.setting == "KNOWLEDGE_MODEL"
    await base.close()


def test_the_setting_names_the_folder(folder):
    """Without it the hashed vectors stay, which need no file."""
    assert embedding_of(Settings()).name.startswith("hashed")
    chosen = embedding_of(Settings(knowledge_model=str(folder), knowledge_model_floor=0.6))
    assert (chosen.name, chosen.alone) == (StaticModel(folder).name, 0.6)
