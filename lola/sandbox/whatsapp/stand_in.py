"""How the sandbox serves WhatsApp's Cloud API. Its path keeps the name of Meta's Graph API."""

import secrets

from lola.sandbox.random_values import random_digits, random_name
from lola.sandbox.stand_in import Credential, StandIn
from lola.sandbox.whatsapp.stub import GraphStub

EXTRAS = {
    "whatsapp_business_account_id": "200000000000001",
    "whatsapp_template_es": "seguir_chat:es",
    "whatsapp_template_en": "resume_chat:en",
}

WHATSAPP = StandIn(
    name="graph",
    title="WhatsApp Cloud API",
    url="whatsapp_graph_url",
    key="token_whatsapp",
    credentials=(
        Credential(
            name="whatsapp_token",
            setting="token_whatsapp",
            make=lambda: f"EAA{random_name(60)}",
        ),
        Credential(
            name="phone_number_id", setting="phone_number_id", make=lambda: random_digits(15)
        ),
        Credential(
            name="whatsapp_verify_token",
            setting="verify_token_whatsapp",
            make=lambda: random_name(24),
        ),
        Credential(
            name="whatsapp_app_secret",
            setting="whatsapp_app_secret",
            make=lambda: secrets.token_hex(16),
        ),
    ),
    make=lambda credentials, clock: GraphStub(credentials["whatsapp_token"], clock),
    extras=lambda _credentials: EXTRAS,
)
