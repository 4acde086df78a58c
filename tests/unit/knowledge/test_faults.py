"""Documents as banks write them: what once gave a wrong answer gives the right one, or none."""

from datetime import date

import pytest

from knowledge.documents import load_library
from knowledge.splitting import split

TODAY = date(2026, 3, 1)

BY_LABEL = """
## Límites

**Honduras**

| Forma | Máximo |
|---|---|
| Efectivo | 999 USD |
| Depósito | 2,999 USD |

**Colombia**

| Forma | Máximo |
|---|---|
| Efectivo | 499 USD |
| Depósito | 1,999 USD |
"""
MERGED = """
## Comisiones

| País | Forma | Comisión |
|---|---|---|
| Guatemala | Depósito | 2.99 USD |
| | Efectivo | 3.99 USD |
| Honduras | Depósito | 1.49 USD |
| | Efectivo | 4.49 USD |
"""
BARELESS = """
## Comisiones

País | Comisión
--- | ---
Guatemala | 2.99 USD
Honduras | 3.99 USD
"""
COMMENTED = """
## Comisión

La comisión de un envío es de 3.99 USD.

<!--
## Comisión anterior a Honduras
# nota interna: hasta marzo
La comisión anterior a Honduras era de 9.99 USD.
-->

El cobro se hace al pagar.

    # instalar la aplicación
    app --instalar

Después del bloque.
"""
BLANKS = (
    "\n## Montos y horario\n\nEl mínimo es\u00a010 USD y el máximo es 2\u00a0999\u00a0USD.\n\n"
    "Abrimos de lunes a viernes\tde 8 a 20 horas.\n"
)
FORMS = """
## Entrega

Tu familiar recibe el dinero en unos minutos.

## Cancelar

Puedes cancelar un envío durante 30 minutos.

## Primer envío

Haz tu primera transferencia desde este chat.

## Tipo de cambio
<!-- ask: cuántos pesos por dólar -->

Te damos la cotización del momento.

## Moneda

En El Salvador son dólares.
"""


@pytest.fixture
def ask(write, make_base):
    """Return a function that searches documents written for the test."""
    opened = []

    async def search(body: str, question: str, language: str = "es"):
        write(body=body)
        base = make_base()
        opened.append(base)
        await base.open()
        passages = await base.search(question, language)
        await base.close()
        return passages

    return search


def parts_of(write, documents, body: str):
    write(body=body)
    (document,) = load_library(documents, TODAY).documents
    return split(document)


@pytest.mark.parametrize(
    ("question", "country", "figure"),
    [
        ("máximo en efectivo a Colombia", "Colombia", "499 USD"),
        ("máximo en efectivo Honduras", "Honduras", "999 USD"),
    ],
)
async def test_a_row_below_a_label_is_of_that_country(ask, question, country, figure):
    """Each of two tables that differ by the bold line above them answers for its own country."""
    best = (await ask(BY_LABEL, question))[0]
    assert best.heading == f"Comisiones > Límites > {country}"
    assert best.text == f"Forma: Efectivo\nMáximo: {figure}"


async def test_a_row_continues_the_country_of_merged_cells(ask):
    """A country that is only in the first of its rows is said by all of them."""
    best = (await ask(MERGED, "comisión en efectivo a Guatemala"))[0]
    assert best.text == "País: Guatemala\nForma: Efectivo\nComisión: 3.99 USD"


async def test_a_table_without_outer_bars_has_rows(ask):
    """The bars at the ends of a table's lines are optional in Markdown."""
    best = (await ask(BARELESS, "comisión a Honduras"))[0]
    assert best.text == "País: Honduras\nComisión: 3.99 USD"


async def test_what_is_commented_out_is_never_served(ask):
    """An old fee that an author commented out is neither found nor shown."""
    passages = await ask(COMMENTED, "cuánto era la comisión anterior a Honduras")
    assert not any("9.99" in passage.text + passage.heading for passage in passages)


def test_comments_and_indented_code_have_no_headings(write, documents):
    """`#` in a comment or in indented code is no heading of what follows."""
    parts = parts_of(write, documents, COMMENTED)
    assert {part.heading for part in parts} == {"Comisiones > Comisión"}
    assert "# instalar la aplicación" in "\n".join(part.text for part in parts)


async def test_tabs_and_no_break_spaces_stay_blanks(ask):
    """Words and figures around an odd blank do not fuse into others."""
    passages = await ask(BLANKS, "mínimo y máximo")
    text = passages[0].text
    assert "mínimo es 10 USD" in text
    assert "2 999 USD" in text
    assert "viernes de 8 a 20" in " ".join(text.split())


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("cuándo recibirá mi mamá el dinero", "recibe el dinero"),
        ("cuando recibira el dinero", "recibe el dinero"),
        ("cancelaré mi envío", "cancelar un envío"),
        ("cancelare mi envio", "cancelar un envío"),
        ("quiero transferir", "transferencia"),
        ("transferí por primera vez", "transferencia"),
        ("cuántos pesos dan por dólares", "cotización del momento"),
        ("cuántos pesos dan por dólar", "cotización del momento"),
    ],
)
async def test_other_forms_of_a_word_find_its_passage(ask, question, found):
    """Tenses, plurals and missing accents find what the document says in another form."""
    assert found in (await ask(FORMS, question))[0].text


async def test_an_expired_document_does_not_stop_the_start(write, documents, make_base, capsys):
    """The service starts with the others, and the log names the one that was left out."""
    write("old.md", id="old", valid_until="2026-02-28", body="\n## Viejo\n\nCuesta 9.99 USD.\n")
    write()
    base = make_base()
    await base.open()
    passages = await base.search("¿Cuánto cuesta un envío?", "es")
    assert [passage.document for passage in passages] == ["fees.es"]
    assert [str(left) for left in base.library.left_out] == [
        "old.md: valid_until the document expired on 2026-02-28"
    ]
    assert "old.md" in capsys.readouterr().out
    await base.close()


async def test_a_file_without_header_is_left_out_alone(write, documents, make_base):
    """One plain Markdown file does not take the approved documents away."""
    (documents / "plain.md").write_text("# Comisiones\n\nCuesta 9.99 USD.\n", encoding="utf-8")
    write()
    base = make_base()
    await base.open()
    (passage,) = await base.search("¿Cuánto cuesta un envío?", "es")
    assert passage.text == "Un envío cuesta 2.99 USD."
    assert [left.file for left in base.library.left_out] == ["plain.md"]
    await base.close()


@pytest.mark.parametrize(
    ("body", "line", "problem"),
    [
        ("\n| País | Máximo |\n|---|---|\n| | 999 USD |\n", 13, "first cell is empty"),
        ("\n| País | Máximo |\n|---|---|\n| Honduras | 999 USD | 5 |\n", 13, "more cells"),
        ("\n| | |\n|---|---|\n| Honduras | 999 USD |\n", 11, "header is empty"),
        ("\n| País | Máximo |\n|---|---|\n| 999 USD |\n", 13, "fewer cells"),
        ("\n| País | Máximo |\n|---|---|---|\n| Honduras | 999 |\n", 12, "number of columns"),
        ("\n| A | B |\n|---|---|\n| 1 | 2 |\n\nOtra cosa.\n\n| A | B |\n|---|---|\n", 17, "bold"),
        ("\n| A | B |\n|---|---|\n| 1 | 2 |\n\n| A | B |\n|---|---|\n| 1 | 3 |\n", 15, "bold"),
        ("\nUn texto.\n\n<!-- se abre\n\ny sigue\n", 13, "never closed"),
        ("\n<table><tr><td>999 USD</td></tr></table>\n", 11, "HTML <table>"),
    ],
)
def test_what_would_have_to_be_guessed_is_refused_with_its_line(
    write, documents, body, line, problem
):
    """A table whose rows could be of another country is left out, and the author is told where."""
    write(body=body)
    (left,) = load_library(documents, TODAY).left_out
    assert (left.field, problem in left.problem) == (f"line {line}", True), left
