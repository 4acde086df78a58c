"""The parser accepts any input: it returns, or raises MalformedPayloadError and nothing else."""

import copy
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.chatwoot import parsing
from lola.domain.messages import inbound_from_json, inbound_to_json
from lola.errors import MalformedPayloadError
from tests.unit.channels.chatwoot.events import LUIS, MIRRORED, changed, message, said

EVENTS = [
    message(),
    message(attachments=[{"file_type": "image"}]),
    message(
        event="message_updated",
        content_attributes={"submitted_values": [{"title": "x", "value": "y"}]},
    ),
    said(),
    said(source_id="lola:1-a", status="read"),
    said(conversation=MIRRORED),
    changed("assignee_id", meta={"assignee": LUIS}),
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["incoming", "outgoing", "user", "lola:", "2026-01-01"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "name", "value", "title"]), inner, max_size=3
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


PLACES = [(event, path) for event in EVENTS for path in places(event) if path]


def read(body, redact):
    try:
        parsed = parsing.parse(body, "1", redact)
    except MalformedPayloadError:
        return None
    for inbound in parsed.messages:
        assert inbound_from_json(json.loads(json.dumps(inbound_to_json(inbound)))) == inbound
        assert json.dumps(inbound_to_json(inbound), ensure_ascii=False).encode()
    for action in parsed.staff:
        words = (action.conversation, action.thread, action.id, action.staff, action.text)
        assert " ".join(words).encode()
    return parsed


@quick
@given(body=st.binary(max_size=200))
def test_any_bytes(redact, body):
    """Noise is judged, not crashed on."""
    read(body, redact)


@quick
@given(place=st.sampled_from(PLACES), junk=JSON)
def test_any_value_at_any_place_of_an_event(redact, place, junk):
    """Each node of a valid event may be anything at all."""
    event, path = copy.deepcopy(place)
    node = event
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = junk
    read(json.dumps(event).encode(), redact)


def test_the_seeds_are_valid(redact):
    """The mutations start from events that all say something."""
    for event in EVENTS:
        parsed = read(json.dumps(event).encode(), redact)
        assert parsed.messages or parsed.staff or parsed.statuses
