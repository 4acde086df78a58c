"""Payment method types of RaaS and the payout methods of this service."""

from collections.abc import Mapping
from types import MappingProxyType

from lola.domain.transfer import PayoutMethod

PAYOUT_METHODS: Mapping[str, PayoutMethod] = MappingProxyType(
    {
        "BankAccount": "bank_account",
        "CLABE": "bank_account",
        "UBN": "bank_account",
        "CashLoadLocation": "cash_pickup",
        "DebitCard": "card",
        "CreditCard": "card",
        "MobileWallet": "mobile_wallet",
    }
)
"""RaaS type in a response → payout method."""

PAYOUT_TYPES: Mapping[PayoutMethod, str] = MappingProxyType(
    {
        "bank_account": "UBN",
        "cash_pickup": "CashLoadLocation",
        "card": "DebitCard",
        "mobile_wallet": "MobileWallet",
    }
)
"""Payout method → RaaS type in a request."""
