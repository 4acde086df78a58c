"""The words the offline model knows, as data: one TOML file per subject, read once at import.

Only data lives here, no rules. A bank's own vocabulary can be added without touching code.
"""

import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def table(name: str) -> dict[str, Any]:
    """Answer the table in `<name>.toml`."""
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
