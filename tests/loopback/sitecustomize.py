"""Python imports this at the start of each child process of the tests (tests/conftest.py)."""

import loopback_only

loopback_only.install()
