"""Nothing linkable passes unless we created it or approved it (docs/safety.md G7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.safety.output.links import foreign_links, links_in

MINTED = "https://widget.bank.example/s/AbC123"
HOSTS = ("help.bank.example",)


def test_every_row_of_the_link_data(links_row):
    """Each row passes or not as stated; `block_or_normalise` rows are blocked here."""
    foreign = foreign_links(links_row["text"], [links_row["minted"]], links_row["allow_hosts"])
    assert bool(foreign) == (links_row["expect"] != "allow")


@pytest.mark.parametrize(
    "text",
    [
        "Abre https://widget.bank.example/s/AbC124",
        "Abre https://widget.bank.example/s/abc123",
        "Abre https://widget.bank.example/s/AbC123/..",
        "Abre https://widget.bank.example/s/AbC123?x=1",
        "Abre https://widget.bank.example/s/AbC123#evil",
        "Abre https://widget.bank.example:443@evil.example/s/AbC123",
        "https://help.bank.example/r?to=evil",
        "https://help.bank.example//evil.example",
        "https://evil.example/https://widget.bank.example/s/AbC123",
        "https://widget.bank.example/s/AbC123](https://evil.example)",
        "HTTPS://EVIL.EXAMPLE",
        "evil.com/pay",
        "Evil.Com",
        "www.evil.mx",
        "escribe a x@evil.mx",
        "mailto:x@evil.mx",
        "síguenos en @evil_bank",
        "10.0.0.1/x",
        "whatsapp:send?phone=1",
        "h\u200bttps://evil.example",
        "evil\u200b.example",
        "evil。example",
    ],
)
def test_foreign_spellings_are_found(text):
    """Other paths, parameters, hosts, schemes and hidden spellings are all foreign."""
    assert foreign_links(text, [MINTED], HOSTS)


@pytest.mark.parametrize(
    "text",
    [
        MINTED,
        f"Toca aquí: {MINTED}.",
        f"**{MINTED}**",
        f"<{MINTED}>",
        "https://WIDGET.bank.example:443/s/AbC123",
        "Más en https://help.bank.example/limites/mexico.",
        "Recibe 5,616.45 MXN. Total: 303.99 USD.",
        "EE.UU., p.ej., S.A. de C.V., a.m. y p.m.",
        "Listo.Ahora seguimos.Gracias",
        "y/o 24/7, 12/11/2026, 18:30",
        "Elige:\n1. Cuenta\n2. Efectivo",
        "Total:300",
        "evil . example",
    ],
)
def test_approved_links_and_ordinary_text_pass(text):
    """Created links in ordinary sentences, pages of an approved host and plain text pass."""
    assert foreign_links(text, [MINTED], HOSTS) == ()


def test_benign_sentences_hold_no_links(benign_row):
    """The reader of links finds none in ordinary messages."""
    assert links_in(benign_row["text"]) == ()


def test_loopback_links_pass_when_they_were_created():
    """In development the created address is http on loopback; equality is enough."""
    minted = "http://127.0.0.1:8080/l/AbC"
    assert foreign_links(f"Abre {minted}", [minted], ()) == ()
    assert foreign_links("Abre http://127.0.0.1:8080/l/AbD", [minted], ())


def test_mail_and_telephone_pass_when_approved():
    """Approved mail and telephone links pass by equality."""
    approved = ["ayuda@banco.example", "tel:+18005550100"]
    assert foreign_links("ayuda@banco.example o tel:+18005550100", approved, ()) == ()


def test_international_names_match_their_ascii_form():
    """A host with ñ and its IDNA form are the same host; a look-alike letter is not."""
    minted = "https://niño.example/a"
    assert foreign_links("https://xn--nio-8ma.example/a", [minted], ()) == ()
    assert foreign_links("https://nіño.example/a", [minted], ())


@given(st.text())
def test_it_never_raises(text):
    """Any text gives a result."""
    assert isinstance(foreign_links(text, [MINTED], HOSTS), tuple)


@given(st.sampled_from(["evil.com", "https://evil.example/a", "bit.ly/x"]), st.text(max_size=20))
def test_a_foreign_link_in_its_own_words_is_always_found(link, text):
    """Between spaces, a foreign link is found whatever the text around it is."""
    assert foreign_links(f"{text} {link} {text}", [MINTED], HOSTS)
