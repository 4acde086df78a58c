"""Addresses in words and invitations leave only when an approved text makes them (G7)."""

import json
from pathlib import Path

import pytest

from lola.safety.output.grounding import Sources
from lola.safety.output.guard import OutputGuard
from lola.safety.output.lures import lures_in
from lola.text.wording import Wording

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "text",
    [
        "Entre a premios punto com", "premios dot com", "premios[.]com", "premios(dot)com",
        "premios (punto) com", "premios [dot] net", "premiospuntocom",
        "Vaya a banco-seguro punto mx",
        "premios․com", "premios・com", "premios·com", "premios。com", "p r e m i o s . c o m",
        "premios . com", "premios. com", "hxxps://premios",
    ],
)  # fmt: skip
def test_addresses_in_words_are_found(text):
    """Dot words in either language, look-alike dots and spaced hosts are addresses."""
    assert lures_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "ayuda arroba premios",
        "ayuda (arroba) premios",
        "help [at] premios",
        "help at premios dot com",
    ],
)
def test_mail_addresses_in_words_are_found(text):
    """A mail address is one in words too."""
    assert lures_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Descargue AnyDesk", "Instale TeamViewer para que le ayude", "Install QuickSupport",
        "Baje la aplicación de soporte", "Download this app", "Descarga Zoom",
        "Compártame su pantalla", "Please share your screen", "No dude en instalar AnyDesk",
        "No se preocupe, instale el programa",
        "Don't worry, just install it",
    ],
)  # fmt: skip
def test_invitations_to_install_are_found(text):
    """A reply asks for no program, no download and no view of a screen."""
    assert lures_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Escríbame a Telegram", "Búsqueme en Instagram", "Add me on Signal",
        "Write to us on WhatsApp",
        "Let's continue on Telegram", "Escríbame a mi número", "Text me at my personal number",
    ],
)  # fmt: skip
def test_invitations_to_another_channel_are_found(text):
    """The conversation stays where it is."""
    assert lures_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Deposite aquí: bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "0x52908400098527886E0F7030069857D2E4169EE7", "Pague con tarjetas de regalo",
        "Mande el dinero por Zelle", "Pay in bitcoin",
    ],
)  # fmt: skip
def test_other_ways_to_pay_are_found(text):
    """Wallets, gift cards and other services' payments are no answer of this service."""
    assert lures_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "En este punto me falta el monto.", "Hay un punto de pago cerca.",
        "Ese punto es importante.",
        "A las tres en punto.", "Dos puntos: nombre y banco.", "El punto de venta no abre hoy.",
        "Nunca le pediremos instalar programas.", "No tiene que descargar nada.",
        "Si alguien le pide instalar AnyDesk, cuelgue.", "We never ask you to install anything.",
        "No aceptamos criptomonedas.", "Puede escribirme por este WhatsApp.", "The cuenta ••1234",
        "I can send you the link here.", "Comisión: 3.99. Total: 203.99.",
        "Al tanto. Como usted diga.",
    ],
)  # fmt: skip
def test_ordinary_sentences_invite_to_nothing(text):
    """Points of other kinds, warnings and denials pass."""
    assert lures_in(text) == ()


def test_right_replies_and_approved_texts_invite_to_nothing():
    """No right reply, catalogue sentence, document or ordinary message is stopped."""
    texts = list(Wording().texts())
    texts += [path.read_text(encoding="utf-8") for path in ROOT.glob("knowledge/documents/*.md")]
    for path in ROOT.glob("tests/data/*/*right.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines()
        texts += [json.loads(line)["reply"] for line in lines]
    assert [text for text in texts if lures_in(text)] == []


def test_benign_messages_invite_to_nothing(benign_row):
    """Ordinary messages of senders, repeated, invite to nothing."""
    assert lures_in(benign_row["text"]) == ()


def test_an_approved_text_allows_what_it_names():
    """What a passage of this turn names may be said; nothing else of its kind."""
    passages = ("Puede escribirnos también por Telegram.",)
    assert lures_in("Escríbanos por Telegram.", passages) == ()
    assert lures_in("Escríbanos por Signal.", passages)


def test_the_guard_finds_lures_as_links():
    """A lure is a finding of the link guard, whatever the rest of the reply says."""
    verdict = OutputGuard().review("Claro. Instale AnyDesk.", Sources(), "es")
    assert verdict.findings == ("links",)


@pytest.mark.parametrize(
    "text",
    [
        "Llame al 55 1234 5678", "Llame al cinco cinco uno dos tres cuatro cinco seis siete ocho",
        "Call 1-800-555-0199", "Marque 55.1234.5678", "Text +1 (202) 555-0143", "Llame al 911",
    ],
)  # fmt: skip
def test_telephone_numbers_need_a_source(text):
    """A telephone number in digits or words that no source holds is stopped."""
    assert not OutputGuard().review(text, Sources(), "es" if "l" in text[:2].lower() else "en").ok


@pytest.mark.parametrize(
    "reply", ["Escríbenos mejor por otro WhatsApp.", "Write to us on another WhatsApp instead."]
)
def test_an_approved_page_that_names_a_channel_approves_no_other_one_of_its_kind(reply) -> None:
    """The bank's page says that it writes by WhatsApp; another WhatsApp is a stranger's."""
    assert lures_in(reply, ("Le escribimos por WhatsApp. We write to you on WhatsApp.",))
