"""Money in two phases: a draft that the sender confirms in the chat, then a widget link.

Nothing in this package moves money. It can only make a link to the page where the sender approves.
"""
