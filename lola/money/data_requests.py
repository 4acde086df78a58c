"""Handles the partner's requests for personal data that an identity check lacks.

A `user.data_request` (reference/m2m.md 5.15, 6.1, 7.5) is answered only about the ticket's own
sender, only with fields that were asked for and that the bank's policy allows, and only from the
bank's own data. The secure page asks the sender for the rest: declining costs the sender a few
taps, while data once sent cannot be recalled. Values go from the bank to the partner only; the
conversation, the logs and the audit trail get field names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from lola.domain.messages import EventContent, JsonObject
from lola.domain.turn import Turn
from lola.errors import ConfigurationError, PartnerError, PartnerRefusedError
from lola.money.bank_data import BankData, BankUnavailableError
from lola.partners.m2m import CIP_FIELDS, M2MClient
from lola.partners.m2m.model import nested
from lola.telemetry import names

SETTING = "M2M_DATA_FIELDS"
PAUSES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5))
"""Between attempts while the bank or the partner is down; the sender does not wait for them."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """The turn with its audit record, and when to try again; None when the request is done."""

    turn: Turn
    again_at: datetime | None = None


class _UnavailableError(Exception):
    """Bank or partner could not be reached; a later attempt may succeed."""


class DataRequests:
    """Handles data requests. `fields` are those that the bank allows; none declines everything.

    Raises ConfigurationError for a field that no request can ask for.
    """

    def __init__(self, *, client: M2MClient, bank: BankData, fields: Sequence[str]) -> None:
        if unknown := sorted(set(fields) - set(CIP_FIELDS)):
            raise ConfigurationError(
                SETTING, f"{unknown[0]} is no field", hint=f"of {', '.join(CIP_FIELDS)}"
            )
        self._client = client
        self._bank = bank
        self._allowed = frozenset(fields)

    async def handle(self, turn: Turn, event: EventContent) -> Handled:
        """Fulfil or decline one request. Safe to repeat: the partner refuses a second answer."""
        data = event.data
        asked = [path for path in CIP_FIELDS if path in data["fields"]]
        wanted = [path for path in asked if path in self._allowed]
        reason = self._why_not(turn, data, wanted)
        told: tuple[str, ...] = ()
        again_at = None
        if not reason:
            try:
                told, reason = await self._tell(turn, data, wanted)
            except _UnavailableError:
                again_at = _next_try(turn, data)
                reason = "unavailable"
        record = {
            "ticket": data["ticket"],
            "event": "data_request",
            "request": data["request"],
            "outcome": "answered" if told else reason,
            "asked": asked,
            "told": list(told),
        }
        log.info(names.DATA_REQUEST, request=data["request"], outcome=record["outcome"])
        return Handled(turn=turn.evolve(audit=(*turn.audit, record)), again_at=again_at)

    def _why_not(self, turn: Turn, data: JsonObject, wanted: list[str]) -> str:
        """Return why the bank is not even asked, or an empty text."""
        name = str(data["ticket"])
        ticket = turn.session.ticket(name) or turn.session.enrolment(name)
        if ticket is None or ticket.sender != data["reference"]:
            return "not this sender"
        if datetime.fromisoformat(data["expires_at"]) <= turn.now:
            return "too late"
        return "" if wanted else "not allowed"

    async def _tell(
        self, turn: Turn, data: JsonObject, wanted: list[str]
    ) -> tuple[tuple[str, ...], str]:
        """Send the partner what the bank knows; return the paths sent, or why there are none."""
        try:
            values = await self._bank.about(turn.phone or turn.address.sender, wanted)
        except BankUnavailableError:
            raise _UnavailableError from None
        if not values:
            return (), "not known"
        try:
            await self._client.fulfill_data_request(
                data["request"], reference_id=data["reference"], user_data=nested(values)
            )
        except PartnerRefusedError as error:
            # Answered already, expired or unknown there: nothing is left to do.
            return (), f"refused with {error.partner_code}"
        except PartnerError:
            raise _UnavailableError from None
        return tuple(values), ""


def _next_try(turn: Turn, data: JsonObject) -> datetime | None:
    attempt = int(data.get("attempt", 0))
    if attempt >= len(PAUSES):
        return None
    at = turn.now + PAUSES[attempt]
    return at if at < datetime.fromisoformat(data["expires_at"]) else None
