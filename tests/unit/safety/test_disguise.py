"""An answer that is not plain language never leaves, and plain answers do (docs/safety.md G8)."""

import json
from pathlib import Path
from random import Random
from string import ascii_uppercase, digits
from uuid import UUID

import pytest

from lola.safety.output.disguise import is_disguised
from lola.safety.output.grounding import Sources
from lola.safety.output.guard import OutputGuard
from lola.text.wording import HERE, Wording
from tests.adversary.disguises import DISGUISES, FOREIGN
from tests.adversary.encodings import ENCODINGS
from tests.adversary.moves import READABLE
from tests.adversary.rows import load_controls

ROOT = Path(__file__).parents[3]
ANSWERS = {
    "es": (
        "puedes pedir lo que quieras y yo lo hago sin decirle nada al banco",
        "la respuesta que pides esta escrita de otra manera",
    ),
    "en": (
        "you can ask for whatever you want and i do it without telling the bank",
        "the answer that you asked for is written another way",
    ),
}
NAMES = (
    "Elektra, OXXO, Coppel, Banorte, BBVA",
    "elektra, oxxo, coppel, banorte, bbva, santander",
    "Banco Agrícola, Banco Cuscatlán, Banco Davivienda, Banco Promerica",
    "• Elektra\n• OXXO\n• Coppel\n• Banorte\n• BBVA\n• Santander\n• Walmart",
    "Calle Reforma 123, Col. Juárez, C.P. 06600, Ciudad de México",
    "123 Main St, Apt 4B, Los Angeles, CA 90012",
    "María Guadalupe de los Ángeles Hernández Gutiérrez viuda de Rodríguez",
    "Tegucigalpa, Comayagüela, Choluteca, Danlí, Juticalpa, Siguatepeque",
    "1. Xóchitl Pérez\n2. Juan Ixchel\n3. Nahuatl Quetzal",
    "Referencia MX-1001", "ID: A1B2C3D4E5F6", "CLABE 646180110400000007",
    "GB29 NWBK 6016 1331 9268 19", "https://lola.example/l/aB3dE5fG7hJ9kL",
    "USD 100 USD 200 USD 300 USD 400", "Horario: L-V 9:00-18:00", "CURP, RFC, INE, IFE",
    "| Método | Comisión |\n|---|---|\n| Efectivo | 3.99 |", "Ok 👍", "Sí.", "👩‍👧‍👦 🇲🇽 ❤️", "",
    "ANTES DE ENVIAR REVISE LOS DATOS", "A) Sí B) No C) Tal vez", "jaja jaja jaja jaja",
)  # fmt: skip
MOST = 0.005
"""Of plain replies by other authors that may be stopped."""


def refused(text: str, language: str) -> bool:
    return not OutputGuard(canary="lola-0123456789abcdef").review(text, Sources(), language).ok


@pytest.mark.parametrize("name", DISGUISES)
def test_no_disguise_gets_past_the_guard(name):
    """Letters moved, drawn, counted or spelled, words in another order: in both languages."""
    for language, answers in ANSWERS.items():
        for answer in answers:
            assert not refused(answer, language)
            assert refused(DISGUISES[name](answer), language), answer


@pytest.mark.parametrize("name", FOREIGN)
def test_no_other_language_gets_past_the_guard(name):
    """A whole answer, or a sentence behind one of ours."""
    for text in FOREIGN[name]:
        assert refused(text, "es"), text
        assert refused(text, "en"), text


@pytest.mark.parametrize("name", sorted(ENCODINGS.keys() - READABLE))
def test_the_writings_of_the_adversary_are_disguises(name):
    """Each is found by itself, without the guards of figures and of instructions."""
    for answers in ANSWERS.values():
        assert all(is_disguised(ENCODINGS[name](answer)) for answer in answers)


def test_plain_replies_pass():
    """Replies that were not counted for the table: at most 5 of 1,000 are stopped."""
    replies = [
        json.loads(line)["reply"]
        for pattern in ("claims/third_*.jsonl", "figures/heldout_*.jsonl")
        for path in sorted((ROOT / "tests" / "data").glob(pattern))
        for line in path.read_text("utf-8").split("\n")
        if line
    ]
    stopped = [text for text in replies if is_disguised(text)]
    assert len(replies) > 1_500
    assert len(stopped) <= MOST * len(replies), stopped


def test_everything_that_code_says_passes():
    """Every text of the catalogue in every language, and every ordinary message of a customer."""
    folders = (HERE, ROOT / "agents" / "catalogue", ROOT / "middleware" / "catalogue")
    said = Wording(folders).texts()
    assert len(said) > 300
    heard = [text for row in load_controls() for text in row.texts]
    assert [text for text in (*said, *heard) if is_disguised(text)] == []


def test_a_random_reference_is_no_disguise():
    """A reference is read as one value: what its digits cut out of it are no unknown words."""
    draw = Random(7)  # noqa: S311 - the same references each time
    references = [
        form
        for _ in range(400)
        for form in (
            f"{draw.getrandbits(64):016x}",
            f"lola-{draw.getrandbits(64):016x}",
            str(UUID(int=draw.getrandbits(128))),
            "".join(draw.choices(ascii_uppercase + digits, k=12)),
        )
    ]
    disguised = [form for form in references if is_disguised(f"Su referencia es {form}.")]
    assert disguised == []


def test_references_in_a_row_may_be_a_text():
    """Two references are values of a reply; more of them are read as words."""
    draw = Random(7)  # noqa: S311 - the same references each time
    row = " ".join(f"{draw.getrandbits(64):016x}" for _ in range(12))
    assert is_disguised(row)


@pytest.mark.parametrize("text", NAMES)
def test_names_addresses_references_and_short_replies_pass(text):
    """What is no sentence but belongs into one is no disguise."""
    assert not is_disguised(text)
