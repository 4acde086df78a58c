"""The response to a quote, and the checks that its figures must pass."""

from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import TypeAdapter

from lola.domain.transfer import Money, PayoutMethod, Quote
from lola.errors import PartnerUnavailableError
from lola.partners.currency import minor_unit
from lola.partners.payhub.errors import PARTNER
from lola.partners.payhub.responses.base import CamelBody


class QuoteBody(CamelBody):
    """`RaasQuoteTransactionResponse` (reference/raas.md 8.5)."""

    id: str | None = None
    source_currency: str
    destination_currency: str
    reason: str = "None"
    source_amount: Decimal
    destination_amount: Decimal
    exchange_rate: Decimal
    tax: Decimal = Decimal(0)
    source_fee: Decimal = Decimal(0)
    destination_fee: Decimal = Decimal(0)
    transaction_fee: Decimal = Decimal(0)
    partner_fee: Decimal = Decimal(0)
    tenant_fee: Decimal = Decimal(0)
    total_amount: Decimal | None = None
    is_executable: bool
    valid_time_in_minutes: Decimal

    @property
    def fees(self) -> Decimal:
        """Everything that the sender pays on top of the amount sent."""
        return (
            self.tax
            + self.source_fee
            + self.destination_fee
            + self.transaction_fee
            + self.partner_fee
            + self.tenant_fee
        )

    def check_figures(self, *, source_currency: str, currency: str, amount: Decimal) -> None:
        """Raise PartnerUnavailableError unless the figures fit the request and each other."""
        is_sent = currency == source_currency
        quoted = self.source_amount if is_sent else self.destination_amount
        quoted_currency = source_currency if is_sent else self.destination_currency
        fits = (
            self.source_currency == source_currency
            and quoted_currency == currency
            and quoted == amount
            and self.source_amount > 0
            and self.destination_amount > 0
            and self.exchange_rate > 0
            and self.fees >= 0
            and self.total_amount in {None, self.source_amount + self.fees}
        )
        if not fits:
            raise PartnerUnavailableError(PARTNER, "the figures of a quote do not fit")

    def to_quote(self, *, country: str, payout_method: PayoutMethod, now: datetime) -> Quote:
        """Return the quote. Raises PartnerUnavailableError for fractions of a minor unit."""
        source = self.source_currency
        return Quote(
            id=self.id or "",
            country=country,
            payout_method=payout_method,
            send=_money(self.source_amount, source),
            fee=_money(self.fees, source),
            total=_money(self.source_amount + self.fees, source),
            receive=_money(self.destination_amount, self.destination_currency),
            rate=self.exchange_rate,
            expires_at=now + timedelta(minutes=float(self.valid_time_in_minutes)),
        )


def _money(amount: Decimal, currency: str) -> Money:
    exact = amount.quantize(minor_unit(currency))
    if exact != amount:
        raise PartnerUnavailableError(PARTNER, "the figures of a quote are finer than money")
    return Money(amount=exact, currency=currency)


QUOTE = TypeAdapter(QuoteBody)
