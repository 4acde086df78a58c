"""An answer takes its documented shape and keeps every limit (reference/lola.md 7)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.channel.labels import label_options
from lola.domain.messages import (
    CONTENT_LIMIT,
    ButtonsMessage,
    LinkMessage,
    LinkTarget,
    SelectMessage,
    TextMessage,
)
from lola.formatting.answer import format_answer
from lola.formatting.choices import extract_choices
from lola.formatting.markdown import plain_markdown
from lola.formatting.payout_emoji import add_payout_emoji
from lola.formatting.splitting import split_text
from lola.text.wording import Wording

WORDING = Wording()


def form(text, options=(), links=(), language="es"):
    """Format with the deployed catalogue."""
    return format_answer(text, options, links, language, WORDING)


def some(count):
    """Return `count` options."""
    return label_options((f"o{n}", f"Opción {n}") for n in range(count))


@pytest.mark.parametrize(
    ("count", "shape"),
    [
        (0, TextMessage),
        (1, ButtonsMessage),
        (3, ButtonsMessage),
        (4, SelectMessage),
        (10, SelectMessage),
    ],
)
def test_the_number_of_options_decides_the_shape(count, shape):
    """None: text; one to three: buttons; four to ten: a list."""
    (message,) = form("¿Cuál?", some(count))
    assert isinstance(message, shape)
    assert message.content == "¿Cuál?"


def test_more_than_ten_options_are_written_out():
    """The eleventh option and those after it are in the content."""
    (message,) = form("¿Cuál?", some(13))
    assert isinstance(message, SelectMessage)
    assert len(message.options) == 10
    assert message.content == "¿Cuál?\n\n11. Opción 10\n12. Opción 11\n13. Opción 12"


def test_a_link_makes_a_link_message():
    """Links go into their own shape; the address is not repeated as Markdown."""
    link = LinkTarget(text="Abrir", url="https://b.example/l/1")
    (message,) = form("Aquí está tu [enlace](https://b.example/l/1).", links=(link,))
    assert message == LinkMessage(content="Aquí está tu enlace.", links=(link,))


def test_links_and_options_together_are_two_messages():
    """A link is followed by the choices in their own message."""
    link = LinkTarget(text="Abrir", url="https://b.example/l/1")
    first, second = form("Aprueba en el enlace.", some(2), (link,))
    assert isinstance(first, LinkMessage)
    assert isinstance(second, ButtonsMessage)
    assert second.content == "Elige una opción:"


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b", "```\n```", "---"])
def test_empty_text_never_goes_out(text):
    """Nothing to say makes no message; with options or links a text of our own is used."""
    link = LinkTarget(text="Abrir", url="https://b.example/l/1")
    assert form(text) == ()
    assert form(text, some(2))[0].content == "Elige una opción:"
    assert form(text, some(2), language="en")[0].content == "Choose an option:"
    assert form(text, links=(link,))[0].content == "Toca el enlace para continuar:"


def test_long_texts_are_split_at_paragraphs():
    """A text over the limit becomes several messages, the choices with the last one."""
    text = "\n\n".join(f"Párrafo {n}. " + "palabra " * 60 for n in range(5))
    messages = form(text, some(2))
    assert len(messages) > 1
    assert isinstance(messages[-1], ButtonsMessage)
    assert all(isinstance(message, TextMessage) for message in messages[:-1])
    assert all(message.content.startswith("Párrafo") for message in messages)
    assert " ".join(" ".join(m.content for m in messages).split()) == " ".join(text.split())


def test_a_cut_never_leaves_half_a_bold_mark():
    """Bold that would be cut in two loses its marks."""
    text = "**" + "palabra " * 200 + "fin**"
    assert all(piece.count("**") % 2 == 0 for piece in split_text(text))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("## Título\ntexto", "Título\ntexto"),
        ("***fuerte*** y __negrita__ y **b**", "**fuerte** y **negrita** y **b**"),
        ("* uno\n+ dos\n- tres", "- uno\n- dos\n- tres"),
        ("[aquí](https://a.example/x)", "aquí: https://a.example/x"),
        ("![foto](https://a.example/x.png)", "foto: https://a.example/x.png"),
        ("[https://a.example](https://a.example)", "https://a.example"),
        ("[aquí][1]\n\n[1]: https://a.example/x", "aquí\n\nhttps://a.example/x"),
        ("<https://a.example>", "https://a.example"),
        ("> cita", "cita"),
        ("`código`", "código"),
        ("a\n\n---\n\nb", "a\n\nb"),
        ("a\n\n\n\nb  ", "a\n\nb"),
        ("2 * 3 * 4", "2 * 3 * 4"),
    ],
)
def test_markdown_is_made_plain(text, plain):
    """Only bold and simple lists are left of Markdown."""
    assert plain_markdown(text) == plain


@pytest.mark.parametrize(
    ("text", "hinted"),
    [
        ("Hay retiro en efectivo.", "Hay retiro en efectivo 💸."),
        ("A bank account or cash pickup", "A bank account 🏦 or cash pickup 💸"),
        ("Paga con tarjeta de débito", "Paga con tarjeta de débito 💳"),
        ("💸 Retiro en efectivo", "💸 Retiro en efectivo"),
        ("Hola", "Hola"),
    ],
)
def test_payout_methods_get_their_emoji_once(text, hinted):
    """Cash pickup, bank account and card payment are marked in content, once."""
    assert add_payout_emoji(text) == hinted
    assert add_payout_emoji(hinted) == hinted


def test_labels_get_no_emoji():
    """Emoji go into content, never into labels."""
    (message,) = form("¿Cómo?", label_options([("a", "💸 Retiro en efectivo")]))
    assert message.options[0].title == "Retiro en efectivo"


@pytest.mark.parametrize(
    ("text", "body", "titles"),
    [
        ("¿Cómo lo recibe?\n1. Cuenta\n2. Efectivo", "¿Cómo lo recibe?", ["Cuenta", "Efectivo"]),
        ("Elige:\n1) Cuenta\n2) Efectivo", "Elige:", ["Cuenta", "Efectivo"]),
        ("Hay:\n- Cuenta\n- Efectivo\n\n¿Cuál?", "Hay:\n\n¿Cuál?", ["Cuenta", "Efectivo"]),
    ],
)
def test_a_list_at_the_end_becomes_options(text, body, titles):
    """A numbered list behind a colon, or any list with a question, is a choice."""
    found, options = extract_choices(text)
    assert found == body
    assert [option.title for option in options] == titles


@pytest.mark.parametrize(
    "text",
    [
        "Resumen:\n- Envías: 300 USD\n- Recibe: 5,616 MXN\n¿Está bien?",
        "Necesito:\n- Nombre\n- Cuenta",
        "1. Abre el enlace.\n2. Aprueba el envío.",
        "¿Sí?\n- solo uno",
        "Hola",
        "",
    ],
)
def test_facts_and_steps_are_no_options(text):
    """Lists of figures, instructions or requests stay text."""
    assert extract_choices(text) == (text, ())


def test_a_shortened_option_stays_in_the_text():
    """Where a label had to be cut, the list is kept so that the full text is seen."""
    text = "¿Cuál?\n1. Depósito a cuenta bancaria mexicana\n2. Efectivo"
    found, options = extract_choices(text)
    assert found == text
    assert len(options) == 2


TITLES = st.lists(st.text(min_size=1, max_size=40), max_size=25, unique=True)


@given(st.text(max_size=5000), TITLES, st.integers(0, 2), st.sampled_from(["es", "en", "pt"]))
def test_every_answer_constructs_and_keeps_every_option(text, titles, link_count, language):
    """Whatever the text, limits hold and each option is on a button, in the list or written out."""
    options = label_options((f"id-{n}", title) for n, title in enumerate(titles))
    links = tuple(LinkTarget(text="Abrir", url=f"https://b.example/{n}") for n in range(link_count))
    messages = format_answer(text, options, links, language, WORDING)
    assert all(0 < len(message.content) <= CONTENT_LIMIT for message in messages)
    shown = "\n".join(message.content for message in messages)
    tapped = {o.title for message in messages for o in getattr(message, "options", ())}
    for option in options:
        assert option.title in tapped or re.search(
            rf"\d+\. {re.escape(option.title)}", " ".join(shown.split())
        )
    assert [link for m in messages for link in getattr(m, "links", ())] == list(links)


@given(st.text(max_size=3000), st.integers(20, 200))
def test_splitting_loses_no_word_and_keeps_the_limit(text, limit):
    """The parts together hold every visible character, in order."""
    pieces = split_text(text, limit)
    assert all(len(piece) <= limit for piece in pieces)
    kept = [letter for piece in pieces for letter in piece if letter.isalnum()]
    assert kept == [letter for letter in text if letter.isalnum()] or not pieces
