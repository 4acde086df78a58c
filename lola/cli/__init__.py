"""The command line `lola`, for operators, testers and scripts.

Importing this package must stay cheap: each command imports what it needs when it runs.
"""

from lola.cli.main import app, main

__all__ = ["app", "main"]
