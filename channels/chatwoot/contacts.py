"""Opens a mirrored conversation in Chatwoot (reference/channels.md 4.2, 4.3).

Every step searches before it creates, so that a step repeated after a crash creates nothing twice.
A contact is known by our conversation's id; its number must be E.164 with a plus, else Chatwoot
refuses it.
"""

from channels.chatwoot.api import ChatwootApi, objects
from channels.chatwoot.parsing import MIRROR
from channels.payload import number, optional_object
from lola.domain.messages import ConversationId, JsonObject
from lola.domain.session import Session
from lola.errors import ChannelStoppedError, RejectedError


async def open_mirror(
    api: ChatwootApi, inbox: str, conversation: ConversationId, session: Session
) -> str:
    """Return the number of the conversation's mirror, created if need be. Raises ChannelError."""
    inbox_id = await inbox_number(api, inbox)
    contact = await _contact(api, inbox_id, conversation, session)
    source = f"{MIRROR}{conversation}"
    if not any(known.get("source_id") == source for known in objects(contact["contact_inboxes"])):
        path = f"/contacts/{contact['id']}/contact_inboxes"
        await api.post(path, {"inbox_id": inbox_id, "source_id": source})
    answer = await api.get(f"/contacts/{contact['id']}/conversations")
    for known in objects(answer.get("payload")):
        if optional_object(known.get("contact_inbox")).get("source_id") == source:
            return str(known["id"])
    opened = await api.post(
        "/conversations",
        {
            "source_id": source,
            "inbox_id": inbox_id,
            "contact_id": contact["id"],
            "status": "pending",
            "custom_attributes": {"lola_conversation": conversation},
        },
    )
    return _id_of(opened, "conversation")


async def inbox_number(api: ChatwootApi, name: str) -> int:
    """Return the number of the inbox with this name. Raises ChannelStoppedError."""
    for inbox in objects((await api.get("/inboxes")).get("payload")):
        if inbox.get("name") == name and (found := number(inbox.get("id"))) is not None:
            return found
    raise ChannelStoppedError(
        "Chatwoot has no inbox of that name",
        hint="lola webhook set chatwoot creates CHATWOOT_INBOX_NAME",
    )


async def _contact(
    api: ChatwootApi, inbox_id: int, conversation: ConversationId, session: Session
) -> JsonObject:
    phone = session.address.phone
    wanted = (("identifier", conversation), ("phone_number", phone))
    for key, value in wanted:
        if value and (found := await _search(api, key, value)):
            return found
    facts = {"inbox_id": inbox_id, "identifier": conversation, "name": session.profile_name or "?"}
    created = await api.post("/contacts", facts | ({"phone_number": phone} if phone else {}))
    contact = optional_object(optional_object(created.get("payload")).get("contact"))
    return {"contact_inboxes": [], **contact, "id": int(_id_of(contact, "contact"))}


async def _search(api: ChatwootApi, key: str, value: str) -> JsonObject | None:
    """Return the exact match; Chatwoot's own search is loose."""
    for contact in objects((await api.get("/contacts/search", q=value)).get("payload")):
        if contact.get(key) == value and number(contact.get("id")) is not None:
            return {"contact_inboxes": [], **contact}
    return None


def _id_of(made: JsonObject, what: str) -> str:
    found = number(made.get("id"))
    if found is None:
        raise RejectedError(f"Chatwoot created a {what} without a number")
    return str(found)
