"""Poisoned texts beside the approved documents change nothing, and hidden ones never arrive."""

import shutil

import pytest

from knowledge import KnowledgeBase
from knowledge.documents import APPROVED, load_library
from knowledge.evaluation import HALVES, read_questions
from knowledge.splitting import split
from tests.adversary.rows import load_rows

POISONED = [row for row in load_rows() if row.vector == "document"]


@pytest.fixture
def poisoned(documents):
    """The shipped documents with every poisoned text beside them, some under a header."""
    shutil.copytree(APPROVED, documents, dirs_exist_ok=True)
    for row in POISONED:
        (documents / f"{row.id}.md").write_text("\n".join(row.texts), encoding="utf-8")
        draft = f"---\nid: {row.id}\ntitle: Ayuda\nlanguage: es\n---\n"
        (documents / f"draft-{row.id}.md").write_text(
            draft + "\n".join(row.texts), encoding="utf-8"
        )
    return documents


async def test_what_was_not_approved_changes_no_index_and_no_answer(poisoned, tmp_path, clock):
    """With poisoned files beside them the same index is made, and used (docs/safety.md G11)."""
    library = load_library(poisoned, clock().date())
    assert len(POISONED) >= 50
    assert len(library.left_out) == 2 * len(POISONED)
    base = KnowledgeBase(documents=poisoned, data=tmp_path / "data", project="shipped", clock=clock)
    clean = load_library(APPROVED, clock().date())
    assert base.indexer.digest_of(library.documents) == base.indexer.digest_of(clean.documents)
    await base.open()
    for language, asked in read_questions(HALVES["report"])["ordinary"].items():
        for question in asked[:5]:
            found = await base.search(question.ask, language)
            assert {passage.document.rpartition(".")[2] for passage in found} <= {"es", "en"}
    await base.close()


def test_a_comment_in_an_approved_text_is_no_passage(write, documents, clock):
    """What an attacker hides in a comment of a document that somebody approves is not served."""
    hidden = [row for row in POISONED if "<!--" in "\n".join(row.texts)]
    assert hidden
    for row in hidden:
        write(body="\n## Ayuda\n\n" + "\n".join(row.texts) + "\n")
        (document,) = load_library(documents, clock().date()).documents
        comment = "\n".join(row.texts).partition("<!--")[2].partition("-->")[0].strip()
        assert all(comment not in part.text + part.heading for part in split(document))


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\U000e0041", "\u2066"])
def test_hidden_characters_of_a_document_reach_no_passage(write, documents, clock, hidden):
    """Zero-width, direction and tag characters carry orders that no reviewer sees (G10)."""
    write(body=f"\n## Costo\n\nUn envío{hidden} cuesta 2.99 USD.\n")
    (document,) = load_library(documents, clock().date()).documents
    (part,) = split(document)
    assert part.text == "Un envío cuesta 2.99 USD."
