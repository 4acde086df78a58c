"""The dialogue: what is known, what is open, and what to say or call next.

Each request is worked out anew: facts from tool results, the state by replaying what the sender
said, a decision from both. Nothing is kept between calls.
"""
