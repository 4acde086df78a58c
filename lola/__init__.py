"""The service: from a verified webhook to a delivered reply.

It knows no channel, middleware, agent or document by name; `lola.app` loads them by the dotted
names in the settings.
"""

__version__ = "0.1.0"
