"""Stand-ins of every system outside, on loopback, with web pages (docs: `lola sandbox`)."""

from lola.sandbox.credentials import SandboxCredentials
from lola.sandbox.server import Sandbox

__all__ = ["Sandbox", "SandboxCredentials"]
