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


@pytest.mark.parametrize(
    "text", ["9" * 400, "9" * 400 + " mil", "$" + "9" * 60 + " pesos", "1,000" * 90]
)
def test_endless_numbers_have_no_value(text):
    """A number longer than any amount raises nothing and has no source."""
    for language in ("es", "en"):
        assert not figures_in(text, language)[0].values


@pytest.mark.parametrize(
    ("text", "language", "roles"),
    [
        ("3.99 de comisión", "es", {"fee"}),
        ("18.25 pesos por dólar", "es", {"rate"}),
        ("203.99 es el total", "es", {"total"}),
        ("750 USD is your daily limit", "en", {"limit"}),
        ("2,499 left", "en", {"limit_left"}),
        ("500 usados", "es", {"limit_used"}),
        ("3,650 pesos recibe ella", "es", {"receive"}),
        ("3 envíos", "es", {"count"}),
        ("Con la comisión son 203.99", "es", {"total"}),
        ("Si lo retira en efectivo, son 5.99", "es", set()),
    ],
)
def test_roles_come_from_words_behind_too(text, language, roles):
    """What a figure is may be said behind it, and a condition in front of it says nothing."""
    (figure,) = figures_in(text, language)
    assert figure.roles == roles


def test_a_role_behind_a_figure_is_not_the_next_ones():
    """Words that name one figure do not name the one after it."""
    fee, total = figures_in("Son 3 de comisión, o sea 103", "es")
    assert (fee.roles, total.roles) == ({"fee"}, set())


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("tres dólares y medio", "es", "3.5"),
        ("3 dólares 50", "es", "3.50"),
        ("Tres con noventa y nueve", "es", "3.99"),
        ("siete quetzales con sesenta y cinco", "es", "7.65"),
        ("siete con sesenta y cinco quetzales", "es", "7.65"),
        ("99 cents", "en", "0.99"),
        ("99¢", "en", "0.99"),
        ("A dollar fifty", "en", "1.50"),
        ("six and a quarter dollars", "en", "6.25"),
        ("Two hundred dollars plus ninety-nine cents", "en", "200.99"),
        ("$1.5M", "en", "1500000"),
    ],
)
def test_cents_and_halves(text, language, value):
    """Cents behind any currency, halves and quarters belong to their amount."""
    (figure,) = figures_in(text, language)
    assert Decimal(value) in figure.values


@pytest.mark.parametrize(
    ("text", "language", "seconds"),
    [
        ("media hora", "es", 1800),
        ("una hora y media", "es", 5400),
        ("half an hour", "en", 1800),
        ("a couple of hours", "en", 7200),
        ("In an hour", "en", 3600),
        ("veinticuatro horas", "es", 86400),
        ("24 h.", "en", 86400),
    ],
)
def test_hours_in_words(text, language, seconds):
    """Durations in words and halves are read."""
    (figure,) = figures_in(text, language)
    assert (figure.kind, figure.values) == ("duration", {Decimal(seconds)})


@pytest.mark.parametrize(
    ("text", "language"),
    [("Recibe el doble", "es"), ("la mitad del cargo", "es"), ("half of your limit", "en"),
     ("thirty times as many", "en")],
)  # fmt: skip
def test_multiples_are_figures(text, language):
    """A multiple or a part of something is a figure without digits."""
    assert [figure.kind for figure in figures_in(text, language)] == ["multiple"]


@pytest.mark.parametrize(
    ("text", "language", "currencies"),
    [
        ("cinco millones de dólares", "es", {"USD"}),
        ("Recibe 5000000 quetzales", "es", {"GTQ"}),
        ("five million lempiras", "en", {"HNL"}),
        ("$3,650", "en", {"USD"}),
        ("$3,650 Mexican pesos", "en", {"MXN"}),
    ],
)
def test_large_amounts_keep_their_currency(text, language, currencies):
    """Seven digits and millions in words are amounts; "$" alone in English is dollars."""
    (figure,) = figures_in(text, language)
    assert (figure.kind, figure.currencies) == ("number", currencies)
