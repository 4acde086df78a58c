"""The parser accepts any input: it returns, or raises MalformedPayloadError and nothing else."""

import copy
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.telegram import parsing
from lola.domain.messages import inbound_from_json, inbound_to_json
from lola.errors import MalformedPayloadError

PERSON = {"id": 5, "is_bot": False, "first_name": "A", "language_code": "es"}
CHAT = {"id": 5, "type": "private"}
CONTACT = {"phone_number": "5215512345678", "first_name": "A", "user_id": 5}
MARKUP = {"inline_keyboard": [[{"text": "x", "callback_data": "q"}]]}
MESSAGES = [
    {"message_id": 1, "date": 1, "from": PERSON, "chat": CHAT, **content}
    for content in (
        {"text": "/start a"},
        {"contact": CONTACT},
        {"venue": {"title": "x", "location": {"latitude": 1, "longitude": 1}}},
        {"photo": [{}], "caption": "c"},
        {"reply_markup": MARKUP, "text": "x"},
    )
]
UPDATES = [
    *({"update_id": 1, "message": message} for message in MESSAGES),
    {"update_id": 2, "edited_message": MESSAGES[0]},
    {
        "update_id": 3,
        "callback_query": {"id": "1", "from": PERSON, "message": MESSAGES[4], "data": "q"},
    },
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["private", "/start", 5, "5"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "text", "user_id", "chat"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
quick = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])


def places(node, path=()):
    yield path
    if isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(child, (*path, key))


PLACES = [(update, path) for update in UPDATES for path in places(update) if path]


def read(body, redact):
    try:
        parsed = parsing.parse(body, "42", redact)
        parsing.callback_query_id(body)
    except MalformedPayloadError:
        return ()
    for inbound in parsed.messages:
        assert inbound_from_json(json.loads(json.dumps(inbound_to_json(inbound)))) == inbound
        assert json.dumps(inbound_to_json(inbound), ensure_ascii=False).encode()
    return parsed.messages


@quick
@given(body=st.binary(max_size=200))
def test_any_bytes(redact, body):
    """Noise is judged, not crashed on."""
    read(body, redact)


@quick
@given(place=st.sampled_from(PLACES), junk=JSON)
def test_any_value_at_any_place_of_an_update(redact, place, junk):
    """Each node of a valid update may be anything at all, and never proves another's number."""
    update, path = copy.deepcopy(place)
    node = update
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = junk
    for inbound in read(json.dumps(update).encode(), redact):
        contact = update.get("message", {}).get("contact") or {}
        assert inbound.address.phone is None or contact["user_id"] == int(inbound.address.sender)


def test_the_seeds_are_valid(redact):
    """The mutations start from updates that are all understood."""
    assert all(read(json.dumps(update).encode(), redact) for update in UPDATES)
