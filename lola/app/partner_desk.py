"""Builds what staff and operators work with at the M2M partner, for the console."""

from lola.app.state import State
from lola.console import PartnerDesk
from lola.domain.messages import Address
from lola.escalation.partner_actions import PartnerActions
from lola.gateway.partner_events import PartnerEvents
from lola.money.reference import sender_reference
from lola.partners.m2m import M2MClient
from lola.settings import Settings
from lola.text.phone_numbers import canonical


def build_partner_desk(
    settings: Settings, client: M2MClient, state: State, events: PartnerEvents
) -> PartnerDesk:
    """Return the client, the recorded actions and the sender's reference."""
    key = settings.sender_reference_key.get_secret_value()

    def reference_of(address: Address) -> str:
        number = canonical(address.phone) if address.phone else None
        return sender_reference(number or address.sender, key)

    actions = PartnerActions(
        client=client, audit=state.staff_audit, events=events, kept=state.kept_events
    )
    return PartnerDesk(client=client, actions=actions, reference_of=reference_of)
