"""Messages as plain text, and as parts within a channel's capabilities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.channel.contract import Capabilities, ItemLimits
from lola.channel.rendering import as_text, parts_of, split, units, with_bold
from lola.domain.messages import (
    ButtonsMessage,
    LinkMessage,
    LinkTarget,
    Option,
    SelectMessage,
    TextMessage,
)

OPTIONS = (Option(id="a", title="Confirmar"), Option(id="b", title="Cancelar"))
BUTTONS = ButtonsMessage(content="¿Envío?", options=OPTIONS)
SELECT = SelectMessage(content="¿Envío?", options=OPTIONS, list_title="Opciones", button="Ver")
LINKS = LinkMessage(
    content="Listo.",
    links=tuple(LinkTarget(text=f"Pago {n}", url=f"https://a.example/{n}") for n in (1, 2)),
)
WORDS_ONLY = Capabilities(text=1600)
NUMBERED = "¿Envío?\n\n1. Confirmar\n2. Cancelar"
WRITTEN = "Listo.\n\nPago 1: https://a.example/1\nPago 2: https://a.example/2"


def test_choices_become_numbered_lines():
    """Buttons and lists read as numbered options, in their order."""
    assert as_text(BUTTONS) == NUMBERED
    assert as_text(SELECT) == NUMBERED


def test_links_become_label_and_address():
    """Every link is on its own line after the text."""
    assert as_text(LINKS) == WRITTEN


def test_bold_is_translated_at_the_edge():
    """Markdown bold becomes the channel's own mark, or nothing (reference/lola.md 7)."""
    assert with_bold("a **b c** d **e**", "*") == "a *b c* d *e*"
    assert as_text(TextMessage(content="**Total**: 2 ** 3")) == "Total: 2 ** 3"
    shouting = Capabilities(text=100, buttons=ItemLimits(max_items=3), bold="*")
    (part,) = parts_of(ButtonsMessage(content="**Total**", options=OPTIONS), shouting)
    assert part.content == "*Total*"


def test_what_a_channel_has_not_is_written():
    """Whatever cannot be tapped is written out as text."""
    assert parts_of(BUTTONS, WORDS_ONLY) == (NUMBERED,)
    assert parts_of(SELECT, WORDS_ONLY) == (NUMBERED,)
    assert parts_of(LINKS, WORDS_ONLY) == (WRITTEN,)


def test_what_a_channel_has_is_left_alone():
    """A shape that fits leaves as it came in."""
    room = ItemLimits(max_items=10)
    rich = Capabilities(text=4096, buttons=room, lists=room, links=room)
    for message in (BUTTONS, SELECT, LINKS):
        assert parts_of(message, rich) == (message,)


def test_one_thing_too_many_or_too_long_is_written_whole():
    """Half of the options as buttons and half as text could not be answered with a number."""
    for room in (
        ItemLimits(max_items=1),
        ItemLimits(max_items=3, label=8),
        ItemLimits(max_items=3, id=0),
    ):
        assert parts_of(BUTTONS, Capabilities(text=1600, buttons=room)) == (NUMBERED,)


def test_identifiers_are_measured_in_bytes():
    """Telegram takes 64 bytes, and "ñ" has two (reference/channels.md 3)."""
    can = Capabilities(text=1600, buttons=ItemLimits(max_items=3, id=64))
    for id_, taken in (("n" * 64, True), ("ñ" * 32, True), ("ñ" * 33, False)):
        message = ButtonsMessage(content="¿?", options=(Option(id=id_, title="Sí"),))
        assert (parts_of(message, can) == (message,)) is taken


def test_words_beyond_the_body_go_before():
    """The buttons stay under the end of the text, and what does not fit is sent first."""
    can = Capabilities(text=4096, buttons=ItemLimits(max_items=3, body=18))
    message = ButtonsMessage(content="Una frase larga. ¿La confirmas?", options=OPTIONS)
    before, last = parts_of(message, can)
    assert (before, last.content) == ("Una frase larga.", "¿La confirmas?")
    assert last.options == OPTIONS


def test_links_beyond_the_buttons_are_written():
    """Under the text if they fit, else in a part of their own."""
    one = Capabilities(text=4096, links=ItemLimits(max_items=1))
    (together,) = parts_of(LINKS, one)
    assert together.content == "Listo.\n\nPago 2: https://a.example/2"
    assert together.links == LINKS.links[:1]
    long = LinkMessage(content="x" * 1020, links=LINKS.links)
    first, second = parts_of(long, one)
    assert (first.content, second) == (long.content, "Pago 2: https://a.example/2")


ROOMS = st.none() | st.builds(
    ItemLimits,
    max_items=st.integers(1, 10),
    body=st.integers(30, 2000),
    label=st.integers(5, 30),
    id=st.integers(1, 200),
)
RECORDS = st.builds(
    Capabilities, text=st.integers(60, 4096), buttons=ROOMS, lists=ROOMS, links=ROOMS
)
LETTERS = st.characters(codec="utf-8", exclude_categories=["C", "Z"])
URLS = st.from_regex(r"https://a\.example/[a-z]{1,9}", fullmatch=True)
TITLES = st.text(LETTERS, min_size=1, max_size=20)
IDS = st.text(LETTERS, min_size=1, max_size=200)
CONTENT = st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=70).map(
    lambda words: " ".join(words)[:1024]
)
CHOICES = st.lists(
    st.builds(Option, id=IDS, title=TITLES),
    min_size=1,
    max_size=3,
    unique_by=(lambda option: option.id, lambda option: option.title),
).map(tuple)
MESSAGES = (
    st.builds(TextMessage, content=CONTENT)
    | st.builds(ButtonsMessage, content=CONTENT, options=CHOICES)
    | st.builds(
        SelectMessage, content=CONTENT, options=CHOICES, list_title=st.just("L"), button=TITLES
    )
    | st.builds(
        LinkMessage,
        content=CONTENT,
        links=st.lists(
            st.builds(LinkTarget, text=TITLES, url=URLS),
            min_size=1,
            max_size=4,
        ).map(tuple),
    )
)  # fmt: skip


def problems(message, can, parts):
    """What is wrong with these parts of a message: too long, too many, or something missing."""
    rooms = {ButtonsMessage: can.buttons, SelectMessage: can.lists, LinkMessage: can.links}
    words = " ".join(part if isinstance(part, str) else part.content for part in parts)
    for part in parts:
        if isinstance(part, str):
            if not part or units(part) > can.text:
                yield "text"
            continue
        room = rooms[type(part)]
        things = getattr(part, "options", None) or part.links
        if room is None or units(part.content) > room.body or len(things) > room.max_items:
            yield "room"
    squeezed = "".join(words.split())
    if not squeezed.startswith("".join(with_bold(message.content, "").split())):
        yield "words"
    tapped = [thing for part in parts for thing in getattr(part, "options", ())]
    for option in getattr(message, "options", ()):
        if option not in tapped and option.title not in squeezed:
            yield "option"
    opened = [link for part in parts for link in getattr(part, "links", ())]
    for link in getattr(message, "links", ()):
        if link not in opened and link.url not in squeezed:
            yield "link"


@given(message=MESSAGES, can=RECORDS)
def test_nothing_is_ever_lost_or_too_long(message, can):
    """For any message and any channel: every word, option and link arrives, within the limits."""
    assert list(problems(message, can, parts_of(message, can))) == []


def test_the_checker_bites():
    """Parts that lost an option, a link or a word, or that do not fit, are found."""
    room = Capabilities(text=20, buttons=ItemLimits(max_items=1, body=5))
    assert set(problems(BUTTONS, room, ("¿Envío? 1. Confirmar",))) == {"option"}
    assert set(problems(LINKS, room, ("Listo.",))) == {"link"}
    assert set(problems(TextMessage(content="hola"), room, ("ol", "x" * 21))) == {"words", "text"}
    assert set(problems(BUTTONS, room, (BUTTONS,))) == {"room"}


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400), st.integers(2, 60))
def test_splitting_loses_no_word_and_keeps_the_limit(text, limit):
    """Every part fits, none is empty, and all characters but border spaces come back in order."""
    parts = split(text, limit)
    assert all(part and len(part.encode("utf-16-le")) // 2 <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_link_is_not_cut_when_a_border_is_near():
    """Parts break at words, so an address arrives whole (reference/channels.md 2.4)."""
    url = "https://pay.example/" + "a" * 60
    parts = split("x " * 780 + url, 1600)
    assert len(parts) == 2
    assert parts[1].endswith(url)


@pytest.mark.parametrize("words", ["x " * 20, "x" * 300 + " ", "xx"])
def test_a_link_is_never_cut(words):
    """One that begins early and ends late goes to the next part whole."""
    url = "https://pay.example/" + "a" * 1500
    parts = split(f"{words} {url}", 1600)
    assert parts[-1].endswith(url)


def test_a_link_longer_than_a_part_still_arrives():
    """No cut would spare it, and the sender gets all of it."""
    url = "https://pay.example/" + "a" * 100
    assert "".join(split(url, 50)) == url


def test_a_line_is_not_cut_when_it_fits_the_next_part():
    """A numbered line or a link stays in one piece, although a space would have come later."""
    assert split("Elige una opción:\n1. Depósito en cuenta", 30) == (
        "Elige una opción:",
        "1. Depósito en cuenta",
    )
