"""Identity numbers, accounts, codes, passwords and keys are recognised (docs/safety.md 3.4)."""

import random

import pytest

from lola.safety.input.accounts import find_accounts, mask_accounts
from lola.safety.input.redaction import redact, redact_facts, redact_mapping, redact_stored

DRAWN = 5_000
MOST_WRONG = 1


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("mi CURP es HEGG560427MVZRRL04", "identity_number", "HEGG560427MVZRRL04"),
        ("curp: hegg560427mvzrrl04 gracias", "identity_number", "hegg560427mvzrrl04"),
        ("GODE561231GR8", "identity_number", "GODE561231GR8"),
        ("mi rfc es ABC010203XYZ", "identity_number", "ABC010203XYZ"),
        ("my SSN is 078-05-1120", "identity_number", "078-05-1120"),
        ("seguro social 078051120", "identity_number", "078051120"),
        ("my itin: 912-78-1234", "identity_number", "912-78-1234"),
        ("DUI 00016297-5", "identity_number", "00016297-5"),
        ("dui 000162975", "identity_number", "000162975"),
        ("DPI 2345 67890 0101", "identity_number", "2345 67890 0101"),
        ("mi cédula es 1.020.345.678", "identity_number", "1.020.345.678"),
        ("cedula 001-1234567-8", "identity_number", "001-1234567-8"),
        ("001-150585-0003K", "identity_number", "001-150585-0003K"),
        ("0801-1990-12345", "identity_number", "0801-1990-12345"),
        ("pasaporte G12345678", "identity_number", "G12345678"),
        ("routing number 021000021", "routing_number", "021000021"),
        ("el código que me llegó es 482913", "code", "482913"),
        ("OTP 48-29-13", "code", "48-29-13"),
        ("mi PIN es 4821", "code", "4821"),
        ("clave cuatro ocho dos nueve", "code", "cuatro ocho dos nueve"),
        ("482913 es mi código", "code", "482913"),
        ("mi contraseña es Gatito77!", "password", "Gatito77!"),
        ("password: hunter22", "password", "hunter22"),
        ("el código de atrás es 987", "security_code", "987"),
        ("los tres números de atrás son 987", "security_code", "987"),
        ("the 3 digits on the back 987", "security_code", "987"),
        ("vence 04/29", "expiry", "04/29"),
        ("exp 04/29", "expiry", "04/29"),
        ("sk_live_abcdefgh12345678", "secret", "sk_live_abcdefgh12345678"),
        ("Bearer abc123def456ghi789", "secret", "abc123def456ghi789"),
        ("api key: ABCDEFGH12345678", "secret", "ABCDEFGH12345678"),
        ("AKIAIOSFODNN7EXAMPLE", "secret", "AKIAIOSFODNN7EXAMPLE"),
        (
            "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----",
            "secret",
            "MHcCAQEE",
        ),
    ],
)
def test_a_value_is_removed_under_its_kind(text: str, kind: str, value: str) -> None:
    """The value is gone, its kind is named, and a second pass finds nothing more."""
    redacted = redact(text)
    assert kind in redacted.found
    assert value not in redacted.text
    assert redact(redacted.text).text == redacted.text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("014027000005555558", "014027000005555558"),
        ("CLABE: 014 027 00000555555 8", "014027000005555558"),
        ("su clabe es 0140 2700 0005 5555 58", "014027000005555558"),
        ("cuenta de ahorros 123456789012", "123456789012"),
        ("account number 000123456789", "000123456789"),
        ("gt82 traj 0102 0000 0012 1002 9690 gracias", "GT82TRAJ01020000001210029690"),
        ("IBAN ES9121000418450200051332", "ES9121000418450200051332"),
    ],
)
def test_an_account_is_masked_and_known_to_code(text: str, number: str) -> None:
    """Of an account the last four characters stay in the text; code gets the whole number."""
    assert [found.number for found in find_accounts(text)] == [number]
    masked = mask_accounts(text)
    assert f"[••••{number[-4:]}]" in masked
    assert find_accounts(masked) == ()
    assert redact(text).text == text
    assert redact_stored(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "código de retiro 8123 4567",
        "código postal 06600",
        "la clave de rastreo es 2026110912345678",
        "mi contraseña no funciona",
        "mi contraseña es incorrecta",
        "my password is wrong",
        "mi cuenta 1500000 pesos",
        "a su cuenta 300 dólares",
        "Tengo una cuenta, su teléfono es +52 55 1234 5678",
        "La promoción vence 12/29",
        "mi licencia vence pronto",
        "operación op_12345678",
        "folio 7741203",
        "00016297-5abc-4def-8abc-0242ac120002",
        "nací el 12-05-1990",
        "depósito de 1,234,567.89",
        "token de mi banco no llega",
        "mi esposa es Rosa, 555-010-4477",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    """Pickup, postal and tracking codes, amounts, dates, telephones and references are kept."""
    assert redact_stored(text) == text


def _texts(kind: str, rng: random.Random) -> str:
    """Return a random value of a kind that senders write every day."""
    digits = "".join(rng.choice("0123456789") for _ in range(12))
    local = digits[:10]
    match kind:
        case "phone":
            return rng.choice(
                (
                    f"su teléfono es {local}",
                    f"+52 {local[:2]} {local[2:6]} {local[6:]}",
                    f"{local[:3]}-{local[3:6]}-{local[6:]}",
                    f"({local[:3]}) {local[3:6]}-{local[6:]}",
                    f"+503 {local[:4]}-{local[4:8]}",
                    f"502{local[:8]}",
                    f"521{local}",
                    f"{local[:4]} {local[4:8]}",
                )
            )
        case "epoch":
            return str(rng.randrange(1_500_000_000, 1_999_999_999) * rng.choice((1, 1000)))
        case "amount":
            cents = rng.randrange(1, 10**9)
            return rng.choice(
                (f"${cents / 100:,.2f}", f"manda {cents // 100} pesos", f"{cents / 100:.2f} MXN")
            )
        case _:
            return rng.choice((f"folio {digits[:7]}", f"op_{digits}", f"referencia {digits[:10]}"))


@pytest.mark.parametrize("kind", ["phone", "epoch", "amount", "reference"])
def test_everyday_numbers_are_kept(kind: str) -> None:
    """Of 5,000 random telephones, time stamps, amounts or references at most one is touched."""
    rng = random.Random(kind)  # noqa: S311 - a repeatable draw
    texts = (_texts(kind, rng) for _ in range(DRAWN))
    wrong = [text for text in texts if redact_stored(text) != text]
    assert len(wrong) <= MOST_WRONG, wrong[:5]


def test_mappings_are_redacted_and_ids_stay() -> None:
    """Texts are redacted at every depth under their kinds; facts of tools keep their ids."""
    value = {"note": "mi pin es 4821", "items": ["SSN 078-05-1120", "CLABE 014027000005555558"]}
    redacted = redact_mapping(value)
    assert redacted.value == {
        "note": "mi pin es [code ••••]",
        "items": ["SSN [identity number ••••]", "CLABE 014027000005555558"],
    }
    assert set(redacted.found) == {"code", "identity_number"}
    assert redact_facts({"account": "014027000005555558", "quote_id": "014027000005555558"}) == {
        "account": "[••••5558]",
        "quote_id": "014027000005555558",
    }


def test_what_begins_like_an_iban_hides_none_behind_it():
    """A word that only begins like an IBAN may reach over the real one that follows it."""
    text = "folio AB12 y luego IBAN ES9121000418450200051332 gracias"
    assert mask_accounts(text) == "folio AB12 y luego IBAN [••••1332] gracias"
