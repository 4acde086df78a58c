"""`lola …`: everything an operator, a tester or a script does at a terminal.

Importing this must stay cheap: each command imports what it needs when it runs.
"""

from lola.cli.main import app, main

__all__ = ["app", "main"]
