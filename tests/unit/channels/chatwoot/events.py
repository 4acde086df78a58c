"""Chatwoot events as Chatwoot sends them, with one fact changed at a time (reference/channels.md
4.4).
"""

ANA = {"id": 31, "name": "Ana", "phone_number": "+5215512345678", "type": "contact"}
LUIS = {"id": 2, "name": "Luis", "type": "user"}


def conversation(**changes):
    return {
        "id": 77,
        "status": "pending",
        "channel": "Channel::Whatsapp",
        "contact_inbox": {"source_id": "5215512345678"},
        "meta": {"sender": ANA, "assignee": None},
        **changes,
    }


MIRRORED = conversation(
    channel="Channel::Api", contact_inbox={"source_id": "lola:whatsapp-0123456789abcdef01234567"}
)


def message(**changes):
    return {
        "event": "message_created",
        "id": 9001,
        "content": "necesito ayuda",
        "message_type": "incoming",
        "content_type": "text",
        "content_attributes": {},
        "private": False,
        "source_id": None,
        "created_at": "2026-11-22T10:00:00.000Z",
        "sender": ANA,
        "account": {"id": 1, "name": "Acme"},
        "conversation": conversation(),
        **changes,
    }


def said(**changes):
    return message(**{"message_type": "outgoing", "sender": LUIS, "content": "le ayudo", **changes})


def changed(*attributes, **changes):
    return {
        "event": "conversation_updated",
        **conversation(**changes),
        "changed_attributes": [{name: {"current_value": 1}} for name in attributes],
    }
