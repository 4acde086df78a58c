"""What senders may take from the models: reserved before a turn, settled after it."""

from lola.models.budgets.budgets import Budgets

__all__ = ["Budgets"]
