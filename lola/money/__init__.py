"""Money in two phases: a draft that the sender confirms in the chat, then a widget link.

Nothing in here moves money. The most it can do is mint a link where the sender approves.
"""
