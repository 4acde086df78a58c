"""Figures are read in both number styles, with currency, unit and role (docs/safety.md G6)."""

from decimal import Decimal

import pytest

from lola.safety.output.figures import figures_in, readings


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("5,616.45", {"5616.45"}),
        ("5.616,45", {"5616.45"}),
        ("5 616.45", {"5616.45"}),
        ("1,234", {"1234", "1.234"}),
        ("1.234.567", {"1234567"}),
        ("0.500", {"0.5"}),
        ("18.7215", {"18.7215"}),
        ("300", {"300"}),
        ("1.2.3", set()),
    ],
)
def test_number_styles(written, values):
    """Both styles are read; what can be read twice keeps both readings, nonsense none."""
    assert readings(written) == {Decimal(value) for value in values}


PESOS = {"MXN", "COP", "DOP", "CLP", "ARS", "UYU", "CUP"}


@pytest.mark.parametrize(
    ("text", "kind", "currencies"),
    [
        ("$300", "number", PESOS | {"USD"}),
        ("US$300", "number", {"USD"}),
        ("300 dólares", "number", {"USD"}),
        ("Q500", "number", {"GTQ"}),
        ("MXN 300", "number", {"MXN"}),
        ("300USD", "number", {"USD"}),
        ("5 quetzales", "number", {"GTQ"}),
        ("2.5%", "percent", set()),
        ("2 por ciento", "percent", set()),
        ("10 minutos", "duration", set()),
        ("2 business days", "duration", set()),
        ("OP-7741203", "reference", set()),
        ("800 555 0100", "digits", set()),
        ("+52 55 1234 5678", "digits", set()),
        ("18:30", "time", set()),
        ("22/11/2026", "date", set()),
        ("November 22, 2026", "date", set()),
    ],
)
def test_kinds_and_currencies(text, kind, currencies):
    """Each figure comes out as one of its kind, with the currencies that were written."""
    (figure,) = figures_in(f"Son {text} hoy", "es")
    assert figure.kind == kind
    assert figure.currencies == currencies


@pytest.mark.parametrize(
    "text",
    [
        "Elige:\n1. Cuenta\n2. Efectivo\n3. Tarjeta",
        "Elige: 1) Cuenta 2) Efectivo",
        "1️⃣ Cuenta 2️⃣ Efectivo",
        "Responde 2 para continuar",
        "Tienes 2 opciones",
        "Hay tres maneras",
        "Una persona te ayuda",
        "Dame 1 minuto",
        "Mil gracias",
        "https://x.example/123456789",
    ],
)
def test_structure_and_idioms_are_no_figures(text):
    """Menu numbers, list markers, idioms and addresses state nothing."""
    assert figures_in(text, "es") == ()


def test_words_make_amounts_with_cents():
    """Pesos and cents, in words or mixed, are one amount."""
    for text in (
        "cinco mil seiscientos dieciséis pesos con 45 centavos",
        "cinco mil seiscientos dieciséis pesos con cuarenta y cinco centavos",
        "5,616 pesos 45/100",
    ):
        (figure,) = figures_in(text, "es")
        assert Decimal("5616.45") in figure.values


def test_roles_come_from_the_nearest_words():
    """A figure's role is what the words in front of it say."""
    sent, received = figures_in("Envías 5,616.45 y recibe 300.", "es")
    assert (sent.roles, received.roles) == ({"send"}, {"receive"})
