"""Chatwoot, against the stand-in of its application API."""

from channels.chatwoot import ChatwootConnector
from channels.chatwoot.api import ChatwootApi, our_id_of
from lola.domain.clock import system_clock
from lola.safety.input.redaction import redact
from lola.sandbox.chatwoot.stub import ChatwootStub
from lola.testing.chatwoot import ChatwootDevice, ChatwootWebhooks, received_from_chatwoot
from tests.contract.bench import Channel

KEY, SECRET = "access-token-1", "secret-1"
NUMBER = "+525512345678"
FIRST_CONVERSATION = "1003"  # after its inbox and its contact

CHATWOOT = Channel(
    name="chatwoot",
    connector=ChatwootConnector,
    business="1",
    sender=FIRST_CONVERSATION,
    phone_number=NUMBER,
    signature="X-Chatwoot-Signature",
    stub=lambda: ChatwootStub("1", KEY, system_clock),
    settings=lambda url: {
        "chatwoot_url": f"{url}/provider",
        "chatwoot_access_key": KEY,
        "chatwoot_account_id": "1",
        "chatwoot_webhook_secret": SECRET,
    },
    device=lambda http, url, stub: ChatwootDevice(
        stub, ChatwootWebhooks(http, url, SECRET, "1", system_clock), NUMBER, "Ana"
    ),
    received=received_from_chatwoot,
    faults={"stopped": "401", "busy": "429", "rejected": "422"},
    without_secret={"chatwoot_url": "", "chatwoot_webhook_secret": ""},
    with_wrong_token={"chatwoot_access_key": "other"},
    reference=our_id_of,
    hasty=lambda http, url, seconds: ChatwootConnector(
        api=ChatwootApi(http, f"{url}/provider", "1", KEY, seconds=seconds),
        account="1",
        inbox="",
        secrets=(),
        tokens=(),
        redact=redact,
        clock=system_clock,
    ),
)
