"""The vocabulary of the offline model: one TOML file per subject, read once at import.

Data only, no rules: a bank's own words can be added without a change of code.
"""

import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def table(name: str) -> dict[str, Any]:
    """Return the table in `<name>.toml`."""
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
