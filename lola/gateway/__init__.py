"""The HTTP edge: verify, store, answer. Nothing else happens before a provider gets its 200."""

from lola.gateway.application import build_gateway

__all__ = ["build_gateway"]
