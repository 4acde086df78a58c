"""A document becomes passages by heading and by table row, and no word of it is lost."""

from datetime import date

from knowledge.documents import load_library
from knowledge.splitting import PROSE_LIMIT, split

TODAY = date(2026, 3, 1)
BODY = """
Prólogo sin encabezado.

## Costo
<!-- ask: cuánto cobran;  qué tarifa tienen -->

La comisión depende del **método** y del [país](x).

- uno
- dos

### Por país

| País | Método | Comisión |
|---|:---:|---|
| México | Retiro \\| efectivo | 3.99 USD |
| Honduras | | 2.99 USD |

Después de la tabla.

## Monedas
<!-- ask: en qué moneda -->

| País | Moneda |
|---|---|
| Guatemala | Quetzales |
"""


def parts_of(write, documents, body):
    write(body=body)
    (document,) = load_library(documents, TODAY).documents
    return split(document)


def test_prose_is_split_by_heading_with_its_breadcrumb(write, documents):
    """Each section is one passage headed by the titles above it (reference/lola.md 20.9)."""
    parts = parts_of(write, documents, BODY)
    assert [(part.heading, part.text) for part in parts if not part.is_row] == [
        ("Comisiones", "Prólogo sin encabezado."),
        (
            "Comisiones > Costo",
            "La comisión depende del **método** y del [país](x).\n\n- uno\n- dos",
        ),
        ("Comisiones > Costo > Por país", "Después de la tabla."),
    ]


def test_each_table_row_is_a_passage_with_its_column_names(write, documents):
    """One country's fee can be found alone, and says what each cell is (reference/lola.md 9)."""
    texts = [part.text for part in parts_of(write, documents, BODY)]
    assert "País: México\nMétodo: Retiro | efectivo\nComisión: 3.99 USD" in texts
    assert "País: Honduras\nComisión: 2.99 USD" in texts
    assert not any("Honduras" in text and "México" in text for text in texts)


def test_part_ids_hold_document_version_and_number(write, documents):
    """The id is `document@version#part` and unique."""
    parts = parts_of(write, documents, BODY)
    assert [part.id for part in parts] == [f"fees.es@3#{n}" for n in range(1, len(parts) + 1)]


def test_ways_to_ask_belong_to_the_prose_and_are_never_shown(write, documents):
    """They are searched with the prose, or with the rows of a section that has only a table."""
    parts = parts_of(write, documents, BODY)
    asks = {part.text.splitlines()[0]: part.asks for part in parts if part.asks}
    assert asks == {
        "La comisión depende del **método** y del [país](x).": (
            "cuánto cobran",
            "qué tarifa tienen",
        ),
        "País: Guatemala": ("en qué moneda",),
    }
    assert not any("ask" in part.text or "<!--" in part.text for part in parts)


def test_a_long_section_is_cut_at_sentences_and_stays_whole(write, documents):
    """No piece passes the limit, none starts inside a sentence, no word is dropped."""
    sentences = [f"La frase número {n} habla de envíos y de comisiones." for n in range(60)]
    parts = parts_of(write, documents, "\n## Largo\n\n" + " ".join(sentences) + "\n")
    assert len(parts) > 3
    assert all(len(part.text) <= PROSE_LIMIT for part in parts)
    assert all(part.text.startswith("La frase") for part in parts)
    assert " ".join(part.text for part in parts).split() == " ".join(sentences).split()


def test_pipes_that_are_no_table_are_kept(write, documents):
    """A table without a rule line is not understood, so it stays as it was written."""
    texts = [part.text for part in parts_of(write, documents, "\n| a | b |\n| c | d |\n")]
    assert texts == ["| a | b |\n| c | d |"]
