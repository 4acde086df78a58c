"""The last check of every outgoing message (docs/safety.md G7, 3.4)."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lola.domain.messages import (
    ButtonsMessage,
    LinkMessage,
    LinkTarget,
    Notice,
    Option,
    SelectMessage,
    TextMessage,
)
from lola.safety.output.outgoing import TAKEN_OUT, OutgoingCheck

ROOT = Path(__file__).parents[3]
ORIGIN = "https://bot.bank.example"
CHECK = OutgoingCheck(
    origin=ORIGIN, allowed_hosts=("help.bank.example",), brand="Envíos.mx", canary="lola-c0ffee"
)
LABELS = ("pagar en evil.example", "4111 1111 1111 1111", "https://evil.example/x?y=1")


@pytest.mark.parametrize("label", LABELS)
def test_a_partners_label_is_neutralised_in_every_shape(label: str) -> None:
    """Text, buttons, list and link lose the address or number, and keep all else."""
    option = Option(id="bank:1", title=label[:20])
    other = Option(id="bank:2", title="BBVA")
    for message in (
        TextMessage(content=f"Total: 300 USD. {label}"),
        ButtonsMessage(content=f"Total: 300 USD. {label}", options=(option, other)),
        SelectMessage(
            content=f"Total: 300 USD. {label}", options=(other,), list_title="a", button="b"
        ),
        LinkMessage(
            content=f"Total: 300 USD. {label}",
            links=(LinkTarget(text="Abrir", url=f"{ORIGIN}/l/x"),),
        ),
    ):
        checked = CHECK(message)
        assert type(checked) is type(message)
        assert "Total: 300 USD." in checked.content
        assert "evil" not in repr(checked)
        assert "1111 1111" not in repr(checked)


@pytest.mark.parametrize("label", LABELS)
def test_the_values_of_a_template_are_checked_like_the_words(label: str) -> None:
    """An address, a card or the canary leaves by no template either; the rest stays."""
    for value in (label, "lola-c0ffee"):
        notice = Notice(template="transfer_completed", values={"recipient": value, "send": "1 USD"})
        for message in (
            TextMessage(content="Listo", notice=notice),
            ButtonsMessage(content="Listo", options=(Option(id="a", title="b"),), notice=notice),
            LinkMessage(
                content="Listo", links=(LinkTarget(text="x", url=LABELS[2]),), notice=notice
            ),
        ):
            sent = CHECK(message).notice
            assert sent is not None
            assert value not in sent.values["recipient"]
            assert sent.values["send"] == "1 USD"
            assert CHECK(CHECK(message)) == CHECK(message)


def test_equal_titles_after_the_check_stay_two_options() -> None:
    """Two labels that both lose everything can still be told apart and tapped."""
    options = (Option(id="1", title="evil.example"), Option(id="2", title="bad.example"))
    checked = CHECK(ButtonsMessage(content="¿Cuál?", options=options))
    assert [option.id for option in checked.options] == ["1", "2"]
    assert len({option.title for option in checked.options}) == 2


def test_own_links_approved_pages_and_the_brand_stay() -> None:
    """A link of this service, a page of an allowed host and a brand like an address are sent."""
    message = LinkMessage(
        content=f"Envíos.mx: su enlace es {ORIGIN}/l/abc; más en https://help.bank.example/ayuda",
        links=(LinkTarget(text="Abrir", url=f"{ORIGIN}/l/abc"),),
    )
    assert CHECK(message) is message


def test_a_foreign_button_and_the_canary_do_not_leave() -> None:
    """A link message loses a foreign target; a text with the canary loses everything."""
    foreign = LinkTarget(text="Abrir", url=f"{ORIGIN}.evil.example/l/abc")
    assert CHECK(LinkMessage(content="Listo.", links=(foreign,))) == TextMessage(content="Listo.")
    assert CHECK(TextMessage(content="soy l o l a c0 ffee")) == TextMessage(content=TAKEN_OUT)


@pytest.mark.parametrize(
    ("text", "sent", "found"),
    [
        ("Hola, ¿en qué le ayudo?", "Hola, ¿en qué le ayudo?", ()),
        ("mi tarjeta 4111 1111 1111 1111 cvv 123",
         "mi tarjeta [card ••••1111] cvv [security code ••••]", ("data",)),
        ("su CLABE es 014027000005555558", "su CLABE es [••••5558]", ("data",)),
        ("entre a evil.example", f"entre a {TAKEN_OUT}", ("link",)),
        ("SSN 078-05-1120 en evil.example",
         f"SSN [identity number ••••] en {TAKEN_OUT}", ("data", "link")),
        (f"su enlace: {ORIGIN}/l/abc", f"su enlace: {ORIGIN}/l/abc", ()),
    ],
)  # fmt: skip
def test_what_staff_type_is_screened(text: str, sent: str, found: tuple[str, ...]) -> None:
    """Card data, accounts, identity numbers and foreign addresses go; the person is told which."""
    screened = CHECK.staff(text)
    assert (screened.text, screened.found) == (sent, found)


@given(st.text(min_size=1, max_size=200).filter(str.strip))
def test_it_never_raises_and_settles(text: str) -> None:
    """Any text passes, and a checked message passes again unchanged."""
    once = CHECK(TextMessage(content=text))
    assert CHECK(once) == once


def test_rows_are_made_in_one_place() -> None:
    """Only the committer makes outgoing rows, behind the check."""
    users = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "lola").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "row_text"
    }
    assert users == {"lola/delivery/_commit.py"}
