"""Language understanding: amounts, places, names, numbers and intents in a sender's text.

Each module reads one thing from a text. None of them knows the dialogue or decides anything.
"""
