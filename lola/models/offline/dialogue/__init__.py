"""The dialogue itself: what is known, what is open, and what to say or call next.

Everything is worked out anew from the request each time: facts from tool results, state by
replaying what the sender said, and a decision from both. Nothing is kept between calls.
"""
