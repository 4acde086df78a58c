"""`lola m2m …`: the partner account for operators: settings, users, links, operations, webhooks.

Importing this package must stay cheap, as for `lola.cli`.
"""

from lola.cli.m2m.tree import m2m

__all__ = ["m2m"]
