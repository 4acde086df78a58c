"""Stand-ins for every outside system on one loopback server (`lola sandbox`, docs/m2m.md)."""

from lola.sandbox.credentials import SandboxCredentials
from lola.sandbox.server import Sandbox

__all__ = ["Sandbox", "SandboxCredentials"]
