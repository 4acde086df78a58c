"""The HTTP entry: verify a request, store it, then answer. Nothing else happens before the 200."""

from lola.gateway.application import build_gateway

__all__ = ["build_gateway"]
