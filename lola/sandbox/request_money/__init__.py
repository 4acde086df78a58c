"""Stand-in for the Request Money API: its rules, its HTTP routes, its webhooks and its pay page."""

from lola.sandbox.request_money.api import RequestMoneyApi
from lola.sandbox.request_money.platform import RequestMoneyPlatform

__all__ = ["RequestMoneyApi", "RequestMoneyPlatform"]
