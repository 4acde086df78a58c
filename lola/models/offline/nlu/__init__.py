"""Turning a sender's words into facts: amounts, places, names, numbers, intents.

Nothing in here decides anything or knows the dialogue; each module reads one thing from a text.
"""
