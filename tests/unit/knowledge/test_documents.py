"""Only approved, valid, unique documents are served, and a refusal names the file and the field."""

import re
from collections import Counter
from datetime import date

import pytest

from knowledge.documents import APPROVED, Document, load_documents
from lola.errors import ConfigurationError

TODAY = date(2026, 3, 1)


def test_a_good_document_keeps_its_header_and_body(write, documents):
    """The fields of the header and the Markdown below it come through unchanged."""
    write(valid_until="2026-03-01")
    (document,) = load_documents(documents, TODAY)
    assert (document.header.id, document.header.version) == ("fees.es", 3)
    assert document.header.valid_until == TODAY
    assert "Un envío cuesta 2.99 USD." in document.body


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None),
        ("id", "Fees/es"),
        ("id", "a#b"),
        ("version", "0"),
        ("version", "one"),
        ("language", "fr"),
        ("title", "''"),
        ("approved_by", None),
        ("approved_by", "'  '"),
        ("approved_on", None),
        ("approved_on", "soon"),
        ("approved_on", "2026-03-02"),
        ("valid_from", None),
        ("valid_until", "2026-02-28"),
        ("valid_until", "2024-12-31"),
        ("reviewed_by", "nobody"),
    ],
)
def test_a_bad_field_is_refused_by_name(write, documents, field, value):
    """Missing, malformed, unapproved, expired and unknown fields stop the start (G11)."""
    write(**{field: value})
    with pytest.raises(ConfigurationError) as raised:
        load_documents(documents, TODAY)
    assert raised.value.setting == f"fees.es.md: {field}"


def test_an_id_that_two_documents_share_is_refused(write, documents):
    """A passage id must lead to one document only."""
    write("a.md")
    write("b.md", version="4")
    with pytest.raises(ConfigurationError) as raised:
        load_documents(documents, TODAY)
    assert raised.value.setting == "b.md: id"


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b"## Costo\n\ntext\n", "header"),
        (b"---\nid: x\n", "header"),
        (b"---\nid: [\n---\nbody\n", "header"),
        (b"---\njust words\n---\nbody\n", "header"),
        (b"---\nid: \xff\n---\nbody\n", "encoding"),
        (b"", "header"),
    ],
)
def test_a_file_without_a_readable_header_is_refused(documents, raw, field):
    """A stray Markdown file never becomes knowledge."""
    (documents / "stray.md").write_bytes(raw)
    with pytest.raises(ConfigurationError) as raised:
        load_documents(documents, TODAY)
    assert raised.value.setting == f"stray.md: {field}"


def test_an_empty_body_or_folder_is_refused(write, documents):
    """An empty knowledge base would never answer, without a visible error."""
    with pytest.raises(ConfigurationError, match="no Markdown files"):
        load_documents(documents, TODAY)
    write(body="\n")
    with pytest.raises(ConfigurationError, match="body"):
        load_documents(documents, TODAY)


def test_a_document_of_next_month_is_loaded_but_not_valid(write, documents):
    """Tomorrow's fees can be approved and put in place today."""
    write(valid_from="2026-04-01")
    (document,) = load_documents(documents, TODAY)
    assert not document.header.is_valid_on(TODAY)
    assert document.header.is_valid_on(date(2026, 4, 1))


def test_shipped_documents_come_in_both_languages():
    """Each approved document exists in Spanish and in English, in the same version."""
    languages: dict[str, dict[str, int]] = {}
    for document in load_documents(APPROVED, TODAY):
        name, _, suffix = document.header.id.rpartition(".")
        assert suffix == document.header.language
        languages.setdefault(name, {})[suffix] = document.header.version
    assert len(languages) >= 12
    assert all(set(pair) == {"es", "en"} for pair in languages.values())
    assert all(len(set(pair.values())) == 1 for pair in languages.values())


def figures(document: Document) -> Counter[str]:
    """Every number that a sender can read; the hidden ways to ask do not count."""
    return Counter(re.findall(r"\d[\d.,:]*\d|\d", re.sub(r"<!--.*?-->", "", document.body)))


def test_both_languages_state_the_same_figures():
    """A fee, limit or delay is the same number in Spanish and in English."""
    loaded = {document.header.id: document for document in load_documents(APPROVED, TODAY)}
    names = {name.rpartition(".")[0] for name in loaded}
    different = {
        name for name in names if figures(loaded[f"{name}.es"]) != figures(loaded[f"{name}.en"])
    }
    assert different == set()
    assert figures(loaded["fees.es"])["3.99"] >= 7
