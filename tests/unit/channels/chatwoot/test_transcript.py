"""What a committed turn looks like in the mirror (`channels.chatwoot.transcript`)."""

from channels.chatwoot.transcript import entries
from lola.domain.messages import (
    ButtonsMessage,
    ConversationId,
    LinkMessage,
    LinkTarget,
    Option,
    TextMessage,
    outbound_to_json,
)

ANA = ConversationId("whatsapp-ana")


def record(**changes):
    question = ButtonsMessage(content="¿Sí?", options=(Option(id="y", title="Sí"),))
    return {
        "turn": "3",
        "staff": "",
        "inbound": [
            {"kind": "text", "text": "hola"},
            {"kind": "media", "text": ""},
            {"kind": "event", "text": "m2m.link.opened"},
        ],
        "outbound": [outbound_to_json(TextMessage(content="**Hola**")), outbound_to_json(question)],
        **changes,
    }


def shown(**changes):
    return [
        (our_id, body["message_type"], body["content"])
        for our_id, body in entries(ANA, record(**changes), "chatwoot")
    ]


def test_words_and_files_come_in_and_answers_go_out():
    """Each has an id that follows from its turn and place; events stay inside."""
    assert shown() == [
        ("whatsapp-ana:3:in:0", "incoming", "hola"),
        ("whatsapp-ana:3:in:1", "incoming", "(media)"),
        ("whatsapp-ana:3:out:0", "outgoing", "**Hola**"),
        ("whatsapp-ana:3:out:1", "outgoing", "¿Sí?\n\n1. Sí"),
    ]


def test_the_address_of_a_link_stays_out():
    """Anyone with a widget link can act as the sender, so staff see its label only."""
    link = LinkMessage(
        content="Falta un paso", links=(LinkTarget(text="Aprobar", url="https://x.example/l/a"),)
    )
    (_, _, content), *_ = shown(inbound=[], outbound=[outbound_to_json(link)])
    assert content == "Falta un paso\n\n[Aprobar]"


def test_what_was_written_in_chatwoot_is_there_already():
    """A reply from our own console is not there, so it is posted."""
    assert len(shown(staff="Luis (chatwoot)")) == 2
    assert len(shown(staff="luis")) == 4
