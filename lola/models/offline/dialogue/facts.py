"""What the transcript proves: lists and checks from tool results, and this turn's own results.

Lists may come from earlier turns, because names do not change within a conversation. Figures may
not: code that states one must use a result of this turn.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lola.domain.messages import JsonObject
from lola.models.chat import (
    AssistantMessage,
    DataMessage,
    ModelMessage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from lola.models.offline.nlu.choices import Named, named

Entry = Mapping[str, Any]
UNKNOWN_METHOD = "UNKNOWN_PAYOUT_METHOD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One executed call with its result."""

    call: ToolCall
    result: JsonObject

    @property
    def failed(self) -> bool:
        """Return whether the tool returned an error."""
        return "error" in self.result


@dataclass(slots=True, kw_only=True)
class Facts:
    """Lists by country code, checks by (tool, country, number). None: the tool was never called."""

    countries: dict[str, Entry] | None = None
    banks: dict[str, list[Entry]] = field(default_factory=dict)
    payers: dict[str, list[Entry]] = field(default_factory=dict)
    recipients: list[Entry] | None = None
    payment_methods: list[Entry] | None = None
    checks: dict[tuple[str, str, str], Entry] = field(default_factory=dict)
    names: dict[tuple[str, str], list[Named[Entry]]] = field(default_factory=dict)

    def copy(self) -> "Facts":
        """Return the same facts, to learn more without a change of these."""
        return replace(
            self,
            banks=dict(self.banks),
            payers=dict(self.payers),
            checks=dict(self.checks),
            names=dict(self.names),
        )

    def payees(self, country: str, method: str) -> list[Entry] | None:
        """Return the banks or cash payers that a payout method needs; None when never fetched."""
        lists = {"bank_account": self.banks, "cash_pickup": self.payers}.get(method)
        return [] if lists is None else lists.get(country)

    def named_payees(self, country: str, method: str) -> list[Named[Entry]]:
        """Return the banks or payers to choose from by name."""
        if (country, method) not in self.names:
            rows = self.payees(country, method) or ()
            self.names[country, method] = [named(str(row["name"]), row) for row in rows]
        return self.names[country, method]

    def methods(self, country: str) -> tuple[str, ...]:
        """Return the payout methods of a country; empty when unknown."""
        entry = (self.countries or {}).get(country, {})
        return tuple(entry.get("payout_methods", ()))

    def learn(self, exchange: Exchange) -> None:
        """Add what one result says."""
        result, arguments = exchange.result, exchange.call.arguments
        country = str(arguments.get("country", ""))
        if result.get("code") == UNKNOWN_METHOD and country in (self.countries or {}):
            # What the country has now may be less than it had when it was listed.
            row = {**(self.countries or {})[country], "payout_methods": result["payout_methods"]}
            self.countries = {**(self.countries or {}), country: row}
        match exchange.call.name:
            case _ if exchange.failed:
                return
            case "get_countries":
                self.countries = {str(row["code"]): row for row in rows_of(result, "countries")}
            case "get_banks":
                self.banks[country] = rows_of(result, "banks")
                self.names.clear()
            case "get_payers":
                self.payers[country] = rows_of(result, "payers")
                self.names.clear()
            case "get_recipients":
                self.recipients = rows_of(result, "recipients")
            case "get_payment_methods":
                self.payment_methods = rows_of(result, "payment_methods")
            case "validate_bank" | "validate_phone" as name:
                number = str(arguments.get("account", arguments.get("recipient_phone", "")))
                self.checks[name, country, number] = result


def read_facts(messages: Sequence[ModelMessage]) -> Facts:
    """Collect the lists and checks of the whole transcript, the newest last."""
    facts = Facts()
    for exchange in exchanges(messages):
        facts.learn(exchange)
    return facts


def exchanges(messages: Sequence[ModelMessage]) -> Iterator[Exchange]:
    """Pair every result with its call, in order."""
    calls: dict[str, ToolCall] = {}
    for message in messages:
        if isinstance(message, AssistantMessage):
            calls = {call.id: call for call in message.calls}
        elif isinstance(message, ToolMessage):
            call = calls.get(message.call_id) or ToolCall(id=message.call_id, name=message.name)
            yield Exchange(call=call, result=message.result)


def this_turn(messages: Sequence[ModelMessage]) -> Sequence[ModelMessage]:
    """Return the messages from the sender's last one on."""
    for position in range(len(messages) - 1, -1, -1):
        if isinstance(messages[position], UserMessage):
            return messages[position:]
    return messages


def turn_data(messages: Sequence[ModelMessage]) -> JsonObject:
    """Return the data of the newest turn; empty when there is none."""
    found = [message for message in messages if isinstance(message, DataMessage)]
    return found[-1].data if found else {}


def rows_of(result: JsonObject, name: str) -> list[Entry]:
    """Return the list under a name in a result; empty when there is none."""
    rows = result.get(name, [])
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
