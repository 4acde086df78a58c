"""The approved documents and the sandbox state the same fees, limits, payers and delays.

A sender who asks for a fee and then for a quote must hear one number.
"""

from datetime import date

import pytest

from knowledge.documents import APPROVED, load_library
from knowledge.splitting import split
from lola.sandbox.payhub.sample_data import COUNTRIES, FEES, MAXIMUM, MINIMUM, QUOTE_MINUTES
from lola.settings import Settings
from lola.text.countries import country_name

METHODS = {
    "es": {
        "UBN": "Depósito en cuenta bancaria",
        "CashLoadLocation": "Retiro en efectivo",
        "MobileWallet": "Billetera móvil",
    },
    "en": {
        "UBN": "Bank deposit",
        "CashLoadLocation": "Cash pickup",
        "MobileWallet": "Mobile wallet",
    },
}
DOCUMENTS = {
    document.header.id: document for document in load_library(APPROVED, date(2026, 3, 1)).documents
}

pytestmark = pytest.mark.parametrize("language", ["es", "en"])


def rows(name: str, language: str, width: int) -> set[tuple[str, ...]]:
    """The rows of a document's table with `width` columns, without the column names."""
    found = set()
    for part in split(DOCUMENTS[f"{name}.{language}"]):
        lines = part.text.splitlines()
        if len(lines) == width and all(": " in line for line in lines):
            found.add(tuple(line.partition(": ")[2] for line in lines))
    return found


def test_fees_are_the_quoted_ones(language):
    """One row per country and payout method that the sandbox quotes, with its fee."""
    assert rows("fees", language, 3) == {
        (country_name(code, language), METHODS[language][kind], f"{FEES[kind]} USD")
        for code, country in COUNTRIES.items()
        for kind in country.types
    }


def test_limits_are_the_enforced_ones(language):
    """Each country's minimum and maximum are those that the sandbox refuses beyond."""
    assert rows("limits", language, 3) == {
        (country_name(code, language), f"{MINIMUM} USD", f"{MAXIMUM:,} USD") for code in COUNTRIES
    }


def test_payers_are_the_offered_ones(language):
    """The documents and the chat have the same cash payers."""
    assert rows("cash-payers", language, 2) == {
        (country_name(code, language), payer)
        for code, country in COUNTRIES.items()
        for payer in country.payers.values()
    }


def test_banks_are_the_offered_ones(language):
    """The documents and the chat have the same banks."""
    assert rows("banks", language, 2) == {
        (country_name(code, language), bank)
        for code, country in COUNTRIES.items()
        for bank in country.banks.values()
    }


def test_every_country_has_an_identification_for_pickup(language):
    """What the recipient shows at the counter is told for each country, and for no other."""
    countries = {country for country, _ in rows("pickup-documents", language, 2)}
    assert countries == {country_name(code, language) for code in COUNTRIES}


def test_currencies_are_the_paid_out_ones(language):
    """What a recipient gets is the corridor's currency."""
    stated = {
        (country, currency.rpartition("(")[2].rstrip(")"))
        for country, currency in rows("exchange-rates", language, 2)
    }
    assert stated == {
        (country_name(code, language), country.currency) for code, country in COUNTRIES.items()
    }


def test_delays_are_the_real_ones(language):
    """The documents have the same lifetimes of quotes and links as the code."""
    unit = {"es": "minutos", "en": "minutes"}[language]
    assert f"{QUOTE_MINUTES} {unit}" in DOCUMENTS[f"exchange-rates.{language}"].source.decode()
    minutes = Settings.model_fields["m2m_link_minutes"].default
    assert f"{minutes} {unit}" in DOCUMENTS[f"secure-link.{language}"].source.decode()
