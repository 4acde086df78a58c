"""Messages as plain words (`lola.rendering`)."""

from lola.messages import (
    ButtonsMessage,
    LinkMessage,
    LinkTarget,
    Option,
    SelectMessage,
    TextMessage,
)
from lola.rendering import as_text, with_bold

OPTIONS = (Option(id="a", title="Confirmar"), Option(id="b", title="Cancelar"))


def test_choices_become_numbered_lines():
    """Buttons and lists read as numbered options, in their order."""
    expected = "¿Envío?\n\n1. Confirmar\n2. Cancelar"
    select = SelectMessage(content="¿Envío?", options=OPTIONS, list_title="Opciones", button="Ver")
    assert as_text(ButtonsMessage(content="¿Envío?", options=OPTIONS)) == expected
    assert as_text(select) == expected


def test_links_become_label_and_address():
    """Every link stands on its own line behind the words."""
    links = tuple(LinkTarget(text=f"Pago {n}", url=f"https://a.example/{n}") for n in (1, 2))
    message = LinkMessage(content="Listo.", links=links)
    assert as_text(message) == "Listo.\n\nPago 1: https://a.example/1\nPago 2: https://a.example/2"


def test_bold_is_translated_at_the_edge():
    """Markdown bold becomes the channel's own mark, or nothing (reference/lola.md 7)."""
    assert with_bold("a **b c** d **e**", "*") == "a *b c* d *e*"
    assert as_text(TextMessage(content="**Total**: 2 ** 3")) == "Total: 2 ** 3"
