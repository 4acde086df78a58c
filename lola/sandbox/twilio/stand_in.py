"""How the sandbox serves Twilio's API, for SMS and for WhatsApp through Twilio."""

import secrets
from collections.abc import Mapping
from typing import Any

from lola.sandbox.stand_in import Credential, StandIn
from lola.sandbox.twilio.rules import (
    CONTENTS,
    SHAPED,
    SUGGESTED,
    TEMPLATE_EN,
    TEMPLATE_ES,
    WHATSAPP_PREFIX,
)
from lola.sandbox.twilio.stub import TwilioStub

NUMBER = "+15550199001"


def _extras(credentials: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "twilio_whatsapp_from": f"{WHATSAPP_PREFIX}{credentials['twilio_from']}",
        "twilio_template_es": CONTENTS[TEMPLATE_ES],
        "twilio_template_en": CONTENTS[TEMPLATE_EN],
        "twilio_contents": dict(SHAPED),
        "twilio_messaging_service": f"MG{'0' * 31}1",
        "twilio_rcs_from": "rcs:lola_sandbox_agent",
        "twilio_rcs_contents": dict(SUGGESTED),
    }


TWILIO = StandIn(
    name="twilio",
    title="Twilio",
    url="twilio_api_url",
    key="twilio_auth_token",
    credentials=(
        Credential(
            name="twilio_account_sid",
            setting="twilio_account_sid",
            make=lambda: f"AC{secrets.token_hex(16)}",
        ),
        Credential(
            name="twilio_auth_token",
            setting="twilio_auth_token",
            make=lambda: secrets.token_hex(16),
        ),
        Credential(name="twilio_from", setting="twilio_from", make=lambda: NUMBER),
    ),
    make=lambda credentials, clock: TwilioStub(
        credentials["twilio_account_sid"], credentials["twilio_auth_token"], clock
    ),
    extras=_extras,
)
