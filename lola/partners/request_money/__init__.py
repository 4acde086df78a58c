"""The Request Money API: a link with which somebody else pays money to a sender.

`client` calls, `model` has the shapes on the wire, `webhooks` verifies and reads what is reported.
"""

from lola.partners.request_money.client import RequestMoneyClient
from lola.partners.request_money.model import (
    Address,
    Applicant,
    BankAccount,
    Card,
    MoneyOperation,
    Name,
    NewRequest,
    OperationStatus,
)
from lola.partners.request_money.webhooks import RequestMoneyEvent, parse, sign, verify

__all__ = [
    "Address",
    "Applicant",
    "BankAccount",
    "Card",
    "MoneyOperation",
    "Name",
    "NewRequest",
    "OperationStatus",
    "RequestMoneyClient",
    "RequestMoneyEvent",
    "parse",
    "sign",
    "verify",
]
