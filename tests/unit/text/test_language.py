"""Language detection: clear words decide, short and shared ones do not."""

import pytest

from lola.text.language import detect, explicit_wish, is_foreign


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hola", "es"), ("Hola", "es"), ("holaaa", "es"), ("gracias", "es"), ("200 dolares", "es"),
        ("quiero mandar dinero", "es"), ("¿Cuánto cobran?", "es"), ("a mi mamá", "es"),
        ("q tal, a komo sta el dolar oy?", "es"), ("ola kiero enbiar dinero", "es"),
        ("hello", "en"), ("yes", "en"), ("200 dollars", "en"), ("send money to my mom", "en"),
        ("How much is the fee?", "en"), ("thanks!", "en"), ("I'd like to cancel", "en"),
        ("hola, do you speak English?", "en"),
    ],
)  # fmt: skip
def test_clear_words_decide(text, language):
    """Ordinary turns of either language are recognised, also short, stretched or misspelled."""
    assert detect(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "", "si", "sí", "Sí", "no", "No", "ok", "OK", "200", "1,500.50", "👍", "😂😂", "?",
        "si, no, ok", "Juan Pérez", "son 130", "y son 450 no 500",
        "María de la Cruz Hernández López", "Bank of America", "Banco Azteca",
        "Western Union", "San Juan de los Lagos", "BBVA", "OP-7741203", "total",
        "Regulatory documentation requirements appear unnecessarily complicated",
        "+52 55 1234 5678", "https://send.example/the/money", "ayuda@banco.mx",
    ],
)  # fmt: skip
def test_what_could_be_either_decides_nothing(text):
    """Yes, no, numbers, names, companies, emoji and addresses keep the session's language."""
    assert detect(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("in English please", "en"), ("English", "en"), ("¿Hablas inglés?", "en"),
        ("háblame en inglés", "en"), ("switch to English", "en"), ("No hablo español", "en"),
        ("I don't speak Spanish", "en"), ("do you speak English?", "en"),
        ("en español por favor", "es"), ("speak Spanish", "es"), ("Español", "es"),
        ("Can we continue in Spanish?", "es"), ("no hablo inglés", "es"),
        ("I don't understand English", "es"), ("quiero que me contestes en español", "es"),
        ("no English, speak Spanish", "es"),
        ("Quiero enviar 200 dólares", None), ("Traduce eso al inglés para mi jefe", None),
        ("Translate that to Spanish for my mom.", None), ("mi profesora de inglés", None),
        ("el recibo está en inglés", None), ("mi hermano está en Inglaterra", None), ("", None),
    ],
)  # fmt: skip
def test_explicit_wishes(text, language):
    """A wish, or not understanding the other language, counts; talking of one does not."""
    assert explicit_wish(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "Mi mamá no habla inglés, ¿puede recoger en efectivo?",
        "Mi esposo habla inglés, ¿puede hablar con alguien?",
        "mi hija solo habla español", "ella no entiende inglés", "él habla inglés",
        "mis hijos hablan inglés", "la señora del banco habla inglés", "su esposa habla español",
        "el muchacho no habla español", "mi mamá no lee inglés", "mi tía responde en inglés",
        "My mom only speaks Spanish", "my husband doesn't speak English", "she speaks Spanish",
        "they don't understand English", "he can't read Spanish", "her mother speaks English",
        "the lady at the store only speaks Spanish", "my kids speak English",
        "my dad will write in Spanish",
    ],
)  # fmt: skip
def test_somebody_elses_language_is_no_wish(text):
    """A mention of what another person speaks leaves the sender's language alone."""
    assert explicit_wish(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("¿Por qué me contestas en inglés?", "es"), ("why are you answering in Spanish?", "en"),
        ("no me hables en inglés", "es"), ("ya no me escriba en inglés", "es"),
        ("deja de contestarme en inglés", "es"), ("please stop writing in Spanish", "en"),
        ("don't talk to me in Spanish", "en"), ("¿por qué no me hablas en español?", "es"),
        ("why can't you speak English?", "en"), ("no, contéstame en inglés", "en"),
        ("mi mamá habla español, a mí háblame en inglés", "en"),
        ("my wife is here but I don't speak Spanish", "en"),
        ("mejor en español por favor", "es"), ("yo no hablo inglés", "es"),
        ("¿hay alguien que hable español?", "es"), ("does anyone there speak Spanish?", "es"),
        ("ok, back to English please, speak English", "en"),
    ],
)  # fmt: skip
def test_a_complaint_about_our_language_is_a_wish(text, language):
    """A complaint asks for the other language; a negated question or one's own need, for it."""
    assert explicit_wish(text) == language


@pytest.mark.parametrize(
    ("text", "language", "is_foreign_"),
    [
        ("You can pick up the cash at any of the stores.", "es", True),
        ("Puedes recoger el dinero en efectivo en la tienda.", "en", True),
        ("Puedes recoger el dinero en efectivo en la tienda.", "es", False),
        ("You can pick up the cash at any of the stores.", "en", False),
        ("Western Union, Bank of America y Walmart", "es", False),
        ("Lo recoge en Bank of America con su ID y el código.", "es", False),
        ("En el sobre dice “please send the money to my brother”, y eso es para ti.", "es", False),
        ("OK", "es", False), ("200.00 USD", "en", False), ("", "es", False),
    ],
)  # fmt: skip
def test_an_answer_is_foreign_only_when_clearly_so(text, language, is_foreign_):
    """Names, borrowed words and a quotation do not make a reply foreign."""
    assert is_foreign(text, language) is is_foreign_
