"""Both parsers take anything: an answer or MalformedPayloadError, and no other exception."""

import copy
import json
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.sms import parsing as sms
from channels.sms.accounts import Accounts
from channels.whatsapp import parsing as whatsapp
from lola.channel import RawRequest
from lola.errors import MalformedPayloadError
from lola.messages import inbound_from_json, inbound_to_json

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(["text", "contacts", "location", "reaction", "interactive", "button_reply"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "body", "name", "phones"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
VALID = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "id": "1",
            "changes": [
                {
                    "field": "messages",
                    "value": {
                        "metadata": {"phone_number_id": "1"},
                        "contacts": [{"profile": {"name": "A"}, "wa_id": "15550104477"}],
                        "messages": [
                            {
                                "from": "15550104477",
                                "from_user_id": "US.1",
                                "id": f"wamid.{kind}",
                                "timestamp": "1",
                                "type": kind,
                                kind: part,
                            }
                            for kind, part in (
                                ("text", {"body": "a"}),
                                ("contacts", [{"name": {}, "phones": [{"phone": "1"}]}]),
                                ("location", {"latitude": 1, "longitude": 1}),
                                ("reaction", {"message_id": "w", "emoji": "x"}),
                                ("interactive", {"type": "list_reply", "list_reply": {"id": "1"}}),
                                ("image", {"caption": "c"}),
                                ("unsupported", {"type": "x"}),
                            )
                        ],
                        "statuses": [{"id": "w", "status": "failed", "errors": [{"code": 1}]}],
                        "errors": [],
                    },
                }
            ],
        }
    ],
}
FIELDS = (
    "MessageSid",
    "From",
    "To",
    "Body",
    "NumMedia",
    "Latitude",
    "Longitude",
    "ListId",
    "MessageStatus",
)
quick = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def places(node, path=()):
    yield path
    children = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, child in children:
        yield from places(child, (*path, key))


PLACES = [path for path in places(VALID) if path]


def holds(parsed):
    """Every message survives the way to Redis and back, and has a conversation."""
    for inbound in parsed.messages:
        assert inbound_from_json(json.loads(json.dumps(inbound_to_json(inbound)))) == inbound
        assert json.dumps(inbound_to_json(inbound), ensure_ascii=False).encode()
        assert inbound.conversation.startswith(f"{inbound.address.channel}-")
        assert "None" not in (inbound.id, inbound.address.sender)


def read_whatsapp(body, redact):
    try:
        holds(whatsapp.parse(body, whatsapp.Rules(redact=redact)))
    except MalformedPayloadError:
        return


def read_sms(body, redact, path="/webhooks/sms"):
    request = RawRequest(method="POST", path=path, headers={}, body=body, query={})
    try:
        holds(sms.parse(request, Accounts(None), redact))
    except MalformedPayloadError:
        return


@quick
@given(body=st.binary(max_size=200))
def test_any_bytes(redact, body):
    """Noise is judged, not crashed on."""
    read_whatsapp(body, redact)
    read_sms(body, redact)


@quick
@given(path=st.sampled_from(PLACES), junk=JSON)
def test_any_value_at_any_place_of_a_delivery(redact, path, junk):
    """Each node of a valid WhatsApp delivery may be anything at all."""
    payload = copy.deepcopy(VALID)
    node = payload
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = junk
    read_whatsapp(json.dumps(payload).encode(), redact)


@quick
@given(
    form=st.dictionaries(
        st.sampled_from(FIELDS), st.text(st.characters(codec="utf-8"), max_size=20)
    ),
    path=st.sampled_from(["/webhooks/sms", "/webhooks/sms/status?ref=a", "/webhooks/sms?[", "//["]),
)
def test_any_form(redact, form, path):
    """Each field of a Twilio form may be anything at all, on any path."""
    read_sms(urlencode(form).encode(), redact, path)


def test_the_checker_bites(redact):
    """A parser that lets a lone surrogate through would be caught by this module's check."""
    parsed = whatsapp.parse(json.dumps(VALID).encode(), whatsapp.Rules(redact=redact))
    assert len(parsed.messages) == 7
    bad = parsed.messages[0].__class__
    broken = bad(
        id="\ud800", address=parsed.messages[0].address, content=parsed.messages[0].content
    )
    with pytest.raises(UnicodeEncodeError):
        holds(whatsapp.Parsed(messages=(broken,)))
