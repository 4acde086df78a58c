"""The transfer that a link is about, read from the metadata that the service put on the link.

Metadata has no fixed form (reference/m2m.md 5.1). A link without usable metadata can be opened and
cancelled, not approved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from lola.domain.messages import JsonObject
from lola.partners.http import json_number

RATE_DIGITS = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDetails:
    """One transfer as the sender must see it before they approve."""

    send: Decimal
    send_currency: str
    receive: Decimal
    receive_currency: str
    rate: Decimal
    fee: Decimal | None
    recipient: str
    payout: str

    @classmethod
    def read(cls, metadata: Mapping[str, Any]) -> Self | None:
        """Return the details, or None for missing fields and amounts that are not positive.

        Keys: `sendAmount`, `sendCurrency`, `receiveAmount`, `receiveCurrency`; optional
        `feeAmount` (in the source currency), `rate`, `recipient`, `payout`. Amounts are texts.
        """
        try:
            send = Decimal(str(metadata["sendAmount"]))
            receive = Decimal(str(metadata["receiveAmount"]))
            fee = Decimal(str(metadata["feeAmount"])) if "feeAmount" in metadata else None
            rate = Decimal(str(metadata.get("rate") or (receive / send).quantize(RATE_DIGITS)))
            currencies = str(metadata["sendCurrency"]), str(metadata["receiveCurrency"])
        except (KeyError, ArithmeticError):
            return None
        if not all(figure.is_finite() and figure > 0 for figure in (send, receive, rate)):
            return None
        if fee is not None and not (fee.is_finite() and fee >= 0):
            return None
        return cls(
            send=send,
            send_currency=currencies[0],
            receive=receive,
            receive_currency=currencies[1],
            rate=rate,
            fee=fee,
            recipient=str(metadata.get("recipient", "")),
            payout=str(metadata.get("payout", "")),
        )

    def to_amount(self) -> JsonObject:
        """Return the `amount` of an operation (reference/m2m.md 3.3)."""
        return {
            "send": json_number(self.send),
            "receive": json_number(self.receive),
            "rate": json_number(self.rate),
            "fee": json_number(self.fee or Decimal(0)),
            "currency": {"source": self.send_currency, "destination": self.receive_currency},
        }
