"""What the response bodies of RaaS have in common."""

import re
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

NET_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")


class CamelBody(BaseModel):
    """A body with field names in camel case. Unknown fields are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore")


def read_moment(value: Any) -> Any:
    """Read `/Date(1776102856022)/` beside ISO 8601 (reference/raas.md 5.12)."""
    found = NET_DATE.fullmatch(value) if isinstance(value, str) else None
    return datetime.fromtimestamp(int(found[1]) / 1000, UTC) if found else value
