"""Only approved, valid, unique documents are served; what is left out is named with its field."""

import re
from collections import Counter
from datetime import date

import pytest

from knowledge.documents import APPROVED, Document, Library, documents_path, load_library
from lola.errors import ConfigurationError
from lola.settings import Settings

TODAY = date(2026, 3, 1)


def test_a_good_document_keeps_its_header_and_body(write, documents):
    """The fields of the header and the Markdown below it come through unchanged."""
    write(valid_until="2026-03-01")
    (document,) = load_library(documents, TODAY).documents
    assert (document.header.id, document.header.version) == ("fees.es", 3)
    assert document.header.valid_until == TODAY
    assert [block.text for block in document.blocks] == ["Un envío cuesta 2.99 USD."]


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
    """Missing, malformed, unapproved, expired and unknown fields keep a document out (G11)."""
    write(**{field: value})
    write("other.md", id="other")
    library = load_library(documents, TODAY)
    assert [document.header.id for document in library.documents] == ["other"]
    assert [(left.file, left.field) for left in library.left_out] == [("fees.es.md", field)]


def test_an_id_and_version_that_two_files_share_are_served_once(write, documents):
    """A passage id must lead to one document only; the second file is named."""
    write("a.md")
    write("b.md")
    library = load_library(documents, TODAY)
    assert [document.path.name for document in library.documents] == ["a.md"]
    assert [(left.file, left.field) for left in library.left_out] == [("b.md", "id")]


def test_of_two_versions_the_newest_valid_one_counts(write, documents):
    """Next month's version lies beside today's and takes over on its day."""
    write("a.md")
    write("b.md", version="4", valid_from="2026-04-01")
    headers = [document.header for document in load_library(documents, TODAY).documents]
    assert [header.version for header in Library.newest_of(headers, TODAY)] == [3]
    assert [header.version for header in Library.newest_of(headers, date(2026, 4, 1))] == [4]


def test_a_document_of_one_corridor_is_left_out_for_another(write, documents):
    """What is only about Honduras is not told of a transfer to Mexico, unless it is asked for."""
    write(corridors="[HN]")
    (document,) = load_library(documents, TODAY).documents
    assert document.header.is_about("HN", "")
    assert document.header.is_about("", "")
    assert not document.header.is_about("MX", "¿Cuánto cuesta?")
    assert document.header.is_about("MX", "¿Y cuánto cuesta a Honduras?")


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
    library = load_library(documents, TODAY)
    assert library.documents == ()
    assert [(left.file, left.field) for left in library.left_out] == [("stray.md", field)]


def test_an_empty_folder_is_refused_and_an_empty_body_named(write, documents):
    """A wrong folder would never answer, without a visible error."""
    with pytest.raises(ConfigurationError, match="no Markdown files"):
        load_library(documents, TODAY)
    write(body="\n")
    (left,) = load_library(documents, TODAY).left_out
    assert (left.field, left.problem) == ("body", "is empty")


def test_the_documented_path_form_is_one_file_named_after_the_project(write, documents):
    """`docs/{PROJECT_NAME}.md` reads that file and no other (reference/lola.md 9)."""
    write("acme.md")
    write("draft.md", version="4")
    settings = Settings(
        project_name="acme", knowledge_documents=str(documents / "{PROJECT_NAME}.md")
    )
    (document,) = load_library(documents_path(settings), TODAY).documents
    assert document.path.name == "acme.md"


def test_a_document_of_next_month_is_loaded_but_not_valid(write, documents):
    """Tomorrow's fees can be approved and put in place today."""
    write(valid_from="2026-04-01")
    (document,) = load_library(documents, TODAY).documents
    assert not document.header.is_valid_on(TODAY)
    assert document.header.is_valid_on(date(2026, 4, 1))


def test_shipped_documents_come_in_both_languages():
    """Each approved document exists in Spanish and in English, in the same version."""
    languages: dict[str, dict[str, int]] = {}
    for document in load_library(APPROVED, TODAY).documents:
        name, _, suffix = document.header.id.rpartition(".")
        assert suffix == document.header.language
        languages.setdefault(name, {})[suffix] = document.header.version
    assert len(languages) >= 12
    assert all(set(pair) == {"es", "en"} for pair in languages.values())
    assert all(len(set(pair.values())) == 1 for pair in languages.values())


def written(document: Document) -> str:
    source = document.source.decode().partition("\n---\n")[2]
    return re.sub(r"<!--.*?-->", "", source)


def figures(document: Document) -> Counter[str]:
    """Every number that a sender can read; the hidden ways to ask do not count."""
    return Counter(re.findall(r"\d[\d.,:]*\d|\d", written(document)))


def test_both_languages_state_the_same_figures():
    """A fee, limit or delay is the same number in Spanish and in English."""
    loaded = {document.header.id: document for document in load_library(APPROVED, TODAY).documents}
    names = {name.rpartition(".")[0] for name in loaded}
    different = {
        name for name in names if figures(loaded[f"{name}.es"]) != figures(loaded[f"{name}.en"])
    }
    assert different == set()
    assert figures(loaded["fees.es"])["3.99"] >= 7
