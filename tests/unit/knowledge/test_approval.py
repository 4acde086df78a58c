"""A bank's text becomes a served document only by an approval that its header names."""

from datetime import date

import pytest

from knowledge.approval import approve, draft_from, with_headers
from knowledge.documents import load_library
from lola.errors import ConfigurationError

TODAY = date(2026, 3, 1)
END = date(2026, 12, 31)
PLAIN = "# Promociones\n\nLa primera remesa no paga comisión.\n"


def approved(path, **changes):
    return approve(
        path, **{"by": "Cumplimiento", "until": END, "today": TODAY, "language": "es", **changes}
    )


def test_a_plain_file_gets_a_header_and_is_served(documents):
    """The id comes from the file's name, the title from its heading, the rest from the command."""
    path = documents / "Promociones 2026.md"
    path.write_text(PLAIN, encoding="utf-8")
    assert len(load_library(documents, TODAY).left_out) == 1
    approval = approved(path)
    (document,) = load_library(documents, TODAY).documents
    assert document.header == approval.header
    assert (document.header.id, document.header.title) == ("promociones-2026.es", "Promociones")
    assert (document.header.approved_by, document.header.valid_until) == ("Cumplimiento", END)
    assert "&" not in path.read_text(encoding="utf-8").partition("\n---\n")[0]


def test_a_renewed_approval_is_a_new_version_with_the_other_fields_kept(write, documents):
    """What was served until now stays told apart from what is served from now on."""
    path = write(tags="[precios]", valid_until="2026-02-28")
    assert load_library(documents, TODAY).documents == ()
    approval = approved(path, by="María")
    assert (approval.header.version, approval.header.tags) == (4, ("precios",))
    (document,) = load_library(documents, TODAY).documents
    assert (document.header.approved_by, document.header.approved_on) == ("María", TODAY)


def test_the_digest_is_of_the_file_as_approved(documents):
    """A later edit of the approved text has another digest than the audit trail."""
    path = documents / "promo.md"
    path.write_text(PLAIN, encoding="utf-8")
    first = approved(path).digest
    path.write_text(path.read_text(encoding="utf-8") + "\nMás.\n", encoding="utf-8")
    assert approved(path).digest != first


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("| País | Máximo |\n|---|---|\n| | 999 |\n", "first cell is empty"),
        ("---\n[\n---\nx\n", "not valid YAML"),
        ("---\n- a\n---\nx\n", "no fields"),
        ("---\nlanguage: fr\n---\nx\n", "language"),
    ],
)
def test_what_cannot_be_served_is_not_approved(documents, text, problem):
    """The file stays as it was, and the problem is named."""
    path = documents / "bad.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=problem):
        approved(path)
    assert path.read_text(encoding="utf-8") == text


def test_an_unknown_format_is_refused(tmp_path):
    """Only formats whose tables are kept are imported."""
    path = tmp_path / "old.xls"
    path.write_bytes(b"x")
    with pytest.raises(ConfigurationError, match=r"\.docx, \.pdf, \.html"):
        draft_from(path, tmp_path, "es")


def test_a_draft_is_never_written_over_another(tmp_path):
    """A text that somebody is reviewing is not lost by a second import."""
    (tmp_path / "fees.html").write_text("<h1>Comisiones</h1>", encoding="utf-8")
    (tmp_path / "fees.es.md").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is there already"):
        draft_from(tmp_path / "fees.html", tmp_path, "es")


def test_an_imported_page_keeps_its_table_and_waits_for_approval(tmp_path, documents):
    """HTML, with the converter installed: a table stays a table, and nothing is served."""
    pytest.importorskip("markitdown", reason="needs the optional extra `import`")
    page = tmp_path / "Comisiones 2026.html"
    page.write_text(
        "<h1>Comisiones</h1><table><tr><th>País</th><th>Comisión</th></tr>"
        "<tr><td>Honduras</td><td>3.99 USD</td></tr></table>",
        encoding="utf-8",
    )
    draft = draft_from(page, documents, "es")
    library = load_library(documents, TODAY)
    assert library.documents == ()
    assert [left.file for left in library.left_out] == [draft.name]
    approved(draft)
    (document,) = load_library(documents, TODAY).documents
    assert [block.kind for block in document.blocks] == ["table"]


def test_a_table_without_a_header_gets_its_first_row_as_header():
    """Word marks header rows only where an author asked for it."""
    converted = "Texto.\n\n|  |  |\n| --- | --- |\n| País | Comisión |\n| Honduras | 3.99 |\n\nFin."
    assert with_headers(converted) == (
        "Texto.\n\n| País | Comisión |\n| --- | --- |\n| Honduras | 3.99 |\n\nFin."
    )
    named = "| A | B |\n|---|---|\n| 1 | 2 |"
    assert with_headers(named) == named


def test_without_the_converter_the_way_to_install_it_is_named(tmp_path, monkeypatch):
    """The converter is an extra, because the service never needs it."""
    monkeypatch.setitem(__import__("sys").modules, "markitdown", None)
    page = tmp_path / "fees.html"
    page.write_text("<h1>x</h1>", encoding="utf-8")
    with pytest.raises(ConfigurationError) as raised:
        draft_from(page, tmp_path, "es")
    assert "lola[import]" in raised.value.hint
