"""Confirm, send, cancel, expire: tool calls that code checks, and never a claim of the model."""

from typing import Any

import pytest

FULL = "enviar 200 dólares a Ana Paz en México, efectivo en Elektra"


async def test_confirmed_draft_is_sent(chat: Any) -> None:
    """When code recorded the confirmation, the link is asked for with the draft's id alone."""
    talk = chat()
    await talk.say(FULL)
    draft_id = talk.draft["id"]
    await talk.say("Confirmar")
    assert talk.calls == [("send_money", {"draft_id": draft_id})]


async def test_no_confirmation_no_link(chat: Any) -> None:
    """Words that code did not take for a confirmation show the summary again, nothing more."""
    talk = chat()
    await talk.play(FULL, "sí, todo bien, confirmo")
    assert [name for name, _ in talk.calls] == ["prepare_transfer"]


async def test_slots_start_afresh_after_the_link(chat: Any) -> None:
    """The next transfer inherits nothing from the last one."""
    talk = chat()
    await talk.play(FULL, "Confirmar", "quiero mandar otro envío")
    assert talk.called("prepare_transfer") is None
    assert talk.reply.choices[0] == "México"


async def test_link_that_fails(chat: Any) -> None:
    """A failed link is reported, and asked for again when the sender says so."""
    talk = chat(overrides={"send_money": {"error": "down"}})
    await talk.play(FULL, "Confirmar")
    assert "No se movió dinero" in talk.reply.text
    await talk.say("gracias")
    assert talk.called("send_money") is None
    talk.overrides.clear()
    await talk.say("Intentar de nuevo")
    assert talk.called("send_money")


async def test_a_value_is_no_confirmation(chat: Any) -> None:
    """A message that gives values asks for no link, though an earlier one confirmed the draft."""
    talk = chat(overrides={"send_money": {"error": "down"}})
    await talk.play(FULL, "Confirmar")
    talk.overrides.clear()
    await talk.say("en efectivo, son 200 dólares")
    assert talk.called("send_money") is None


async def test_change_beats_an_old_confirmation(chat: Any) -> None:
    """A change after the confirmation is prepared anew and never sent as it was."""
    talk = chat(overrides={"send_money": {"error": "down"}})
    await talk.play(FULL, "Confirmar", "mejor 150")
    assert talk.called("send_money") is None
    assert talk.prepared["amount"] == "150"


@pytest.mark.parametrize("words", ["cancelar todo", "ya no quiero", "olvídalo", "forget it"])
async def test_cancel_a_draft(chat: Any, words: str) -> None:
    """A cancelled draft is dropped by its tool, and the values with it."""
    talk = chat()
    await talk.play(FULL, words)
    assert talk.calls == [("cancel_transfer", {})]
    await talk.say("quiero enviar dinero")
    assert talk.reply.choices[0] == "México"


async def test_cancel_before_a_draft(chat: Any) -> None:
    """Without a draft only the values are dropped; no tool is needed."""
    talk = chat()
    await talk.play("quiero mandar 200 a México", "cancelar")
    assert talk.calls == []
    assert "No se movió dinero" in talk.reply.text
    await talk.say("quiero enviar dinero")
    assert talk.reply.choices[0] == "México"


async def test_cancelled_by_code(chat: Any) -> None:
    """A tap on Cancelar that code handled drops the values too."""
    talk = chat()
    await talk.play(FULL, "Cancelar", "quiero enviar dinero")
    assert talk.reply.choices[0] == "México"


async def test_nothing_to_cancel(chat: Any) -> None:
    """With nothing open it says so."""
    talk = chat()
    await talk.say("cancelar")
    assert "ningún envío" in talk.reply.text


async def test_cancel_what_has_its_link(chat: Any) -> None:
    """A link that was sent is revoked by the tool; what was approved goes to a person."""
    talk = chat(tickets=[{"status": "link_sent"}])
    await talk.say("quiero cancelar")
    assert talk.calls == [("cancel_transfer", {})]
    talk = chat(tickets=[{"status": "approved"}])
    await talk.say("quiero cancelar")
    assert "ya aprobaste" in talk.reply.text


async def test_expired_quote(chat: Any) -> None:
    """After the quote ran out the sender is asked, and a yes makes a new summary."""
    talk = chat()
    await talk.say(FULL)
    talk.draft = {**talk.draft, "status": "expired"}
    await talk.say("hola")
    assert talk.called("prepare_transfer") is None
    assert talk.reply.choices == ("Sí, otra vez", "Cancelar")
    await talk.say("Sí, otra vez")
    assert talk.prepared["amount"] == "200"


async def test_no_is_not_a_confirmation(chat: Any) -> None:
    """A plain no to the summary keeps it and offers its three choices."""
    talk = chat()
    await talk.play(FULL, "no")
    assert talk.calls == []
    assert talk.reply.choices == ("Confirmar", "Modificar", "Cancelar")


async def test_preparing_that_fails(chat: Any) -> None:
    """A refusal without a reason is reported once per turn, without a loop, and can be retried."""
    talk = chat(overrides={"prepare_transfer": {"error": "down"}})
    await talk.say(FULL)
    assert "No se movió dinero" in talk.reply.text
    talk.overrides.clear()
    await talk.say("Intentar de nuevo")
    assert talk.prepared["amount"] == "200"


@pytest.mark.parametrize(
    ("code", "asked"),
    [("INVALID_ACCOUNT", "CLABE"), ("AMOUNT_OUT_OF_RANGE", "Cuánto"), ("UNKNOWN_PAYER", "banco")],
)
async def test_refusal_asks_for_the_value(chat: Any, code: str, asked: str) -> None:
    """A refusal that names its reason asks for that value again."""
    talk = chat(overrides={"prepare_transfer": {"error": "no", "code": code}})
    await talk.play("enviar 200 dólares a Ana Paz en Honduras a su cuenta", "1", "12345678901")
    if code == "INVALID_ACCOUNT":
        asked = "número de cuenta"
    if code == "UNKNOWN_PAYER":
        asked = "no está disponible"
    assert asked in talk.reply.text
