"""Imports stay cheap: vendors' SDKs are loaded by the one adapter that needs them, when it does."""

import subprocess
import sys

import pytest

VENDORS = ("google.genai", "openai", "chromadb", "twilio.rest", "langchain_text_splitters")


@pytest.mark.parametrize("module", ["lola.cli", "lola.app", "channels.sms", "knowledge", "agents"])
def test_no_vendor_is_loaded_by_an_import(module: str) -> None:
    """`lola --help` must not pay for an SDK (architecture 3)."""
    code = f"import {module}, sys; print([name for name in {VENDORS!r} if name in sys.modules])"
    run = subprocess.run(  # noqa: S603 - our own interpreter and a fixed program
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "[]"
