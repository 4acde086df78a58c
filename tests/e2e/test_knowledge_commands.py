"""A document's way from a bank's file to the chat, as its people run the commands."""

import json

import pytest

from tests.e2e.test_cli import lola

pytestmark = [pytest.mark.e2e]

FEES = "# Comisiones\n\n## Cuánto cuesta un envío\n\nUn envío cuesta {} USD.\n"
ASKED = ("knowledge", "ask", "¿cuánto cuesta un envío?")


async def test_a_document_is_served_after_its_approval_and_the_trail_names_who_gave_it(tmp_path):
    """Left out without an approval, served with it; the audit trail has person, version, digest."""
    folder = tmp_path / "bank"
    folder.mkdir()
    path = folder / "fees.md"
    path.write_text(FEES.format("2.99"), encoding="utf-8")
    here = {"KNOWLEDGE_DOCUMENTS": str(folder)}

    status, output, _ = await lola(tmp_path, "knowledge", "build", **here)
    assert (status, "left out: fees.md: header" in output) == (1, True)
    status, output, errors = await lola(
        tmp_path, "knowledge", "approve", str(path), "--by", "Cumplimiento", "--until", "2099-12-31"
    )
    assert status == 0, errors
    assert "fees.es, version 1, is approved by Cumplimiento until 2099-12-31" in output
    status, output, errors = await lola(tmp_path, "knowledge", "build", **here)
    assert status == 0, errors
    assert "new: fees.es, version 1" in output
    _, output, _ = await lola(tmp_path, *ASKED, **here)
    assert "2.99 USD" in output
    _, output, _ = await lola(tmp_path, "audit", "list", "--kind", "knowledge.approved", "--json")
    (record,) = [json.loads(line) for line in output.splitlines() if "fees.es" in line]
    text = json.dumps(record)
    assert all(fact in text for fact in ("Cumplimiento", "fees.es", "2099-12-31", "sha256"))


async def test_what_ends_and_what_changes_is_printed(tmp_path):
    """`stale`, `diff` and `eval` read the documents that the settings name."""
    folder = tmp_path / "bank"
    folder.mkdir()
    head = (
        "---\nid: fees.es\nversion: {}\nlanguage: es\ntitle: Comisiones\napproved_by: X\n"
        "approved_on: 2025-01-01\nvalid_from: 2025-01-01\nvalid_until: 2099-12-31\n---\n"
    )
    old, new = folder / "fees.md", tmp_path / "new.md"
    old.write_text(head.format(1) + FEES.format("2.99"), encoding="utf-8")
    new.write_text(head.format(2) + FEES.format("3.49"), encoding="utf-8")
    questions = tmp_path / "own.yaml"
    questions.write_text(
        "ordinary:\n  es:\n    - {ask: '¿cuánto cuesta?', documents: [fees]}\n", encoding="utf-8"
    )
    here = {"KNOWLEDGE_DOCUMENTS": str(folder)}
    _, output, _ = await lola(tmp_path, "knowledge", "stale", "--days", "36500", **here)
    assert "2099-12-31" in output
    _, output, _ = await lola(tmp_path, "knowledge", "diff", str(old), str(new), **here)
    assert "- Un envío cuesta 2.99 USD." in output
    assert "+ Un envío cuesta 3.49 USD." in output
    status, output, errors = await lola(
        tmp_path, "knowledge", "eval", "--questions", str(questions), "--missed", **here
    )
    assert status == 0, errors
    assert "ordinary" in output
    assert "1.00" in output


async def test_the_doctor_tells_of_documents_and_index(tmp_path):
    """An expired document is a warning with its name, and does not fail the check."""
    folder = tmp_path / "bank"
    folder.mkdir()
    (folder / "plain.md").write_text("# Comisiones\n\nTexto.\n", encoding="utf-8")
    status, output, errors = await lola(tmp_path, "doctor", KNOWLEDGE_DOCUMENTS=str(folder))
    assert status == 0, errors
    assert "left out: plain.md" in output.replace("\n", " ")
