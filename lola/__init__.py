"""The engine of Lola: one road for every message, from a verified webhook to a delivered answer.

It knows no channel, middleware, agent or document by name; the composition root (`lola.app`)
loads those wings by the dotted names in the settings.
"""

__version__ = "0.1.0"
