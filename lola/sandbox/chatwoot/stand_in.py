"""How the sandbox serves Chatwoot's application API."""

from lola.sandbox.chatwoot.stub import ChatwootStub
from lola.sandbox.random_values import random_name
from lola.sandbox.stand_in import Credential, StandIn

CHATWOOT = StandIn(
    name="chatwoot",
    title="Chatwoot",
    url="chatwoot_url",
    key="chatwoot_access_key",
    credentials=(
        Credential(
            name="chatwoot_access_key",
            setting="chatwoot_access_key",
            make=lambda: random_name(24),
        ),
        Credential(name="chatwoot_account_id", setting="chatwoot_account_id", make=lambda: "1"),
        Credential(
            name="chatwoot_webhook_secret",
            setting="chatwoot_webhook_secret",
            make=lambda: random_name(40),
        ),
    ),
    make=lambda credentials, clock: ChatwootStub(
        credentials["chatwoot_account_id"], credentials["chatwoot_access_key"], clock
    ),
)
