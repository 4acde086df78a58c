"""Secure links without a transfer: registration, identity check, a new card.

They work like the link of a transfer (ticket, short link, page session, callbacks), and grant
nothing by themselves: what a sender may do follows from the bank's look-up of every turn.
"""
