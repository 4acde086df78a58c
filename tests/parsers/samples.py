"""Loads the deliveries that our connectors and the parsers of other projects read side by side.

`samples.jsonl` is of this folder; the recorded deliveries of tests/data are added where they are
accepted ones of WhatsApp and Telegram. A malformed or forged body is judged by tests/contract.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OWN = Path(__file__).with_name("samples.jsonl")
RECORDED = Path(__file__).parents[1] / "data"
CHANNELS = ("whatsapp", "telegram")

Facts = dict[str, Any]
"""What a parser says of one event; a field without a value is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One delivery: its channel, its body, and what our connector has to read in it."""

    id: str
    channel: str
    name: str
    body: dict[str, Any]
    source: str = ""
    expect: list[Facts] = field(default_factory=list)


def own() -> list[Sample]:
    """Return the samples of this folder, each with what it has to be read as."""
    return [Sample(**row) for row in _rows(OWN)]


def recorded() -> list[Sample]:
    """Return the accepted WhatsApp and Telegram deliveries of tests/data, each body once."""
    found: dict[str, Sample] = {}
    for name in ("webhooks.jsonl", "webhooks_identity.jsonl"):
        for row in _rows(RECORDED / name):
            refused = row["expect"].get("status", 200) != 200
            if row["channel"] not in CHANNELS or refused or row["name"].startswith("malformed"):
                continue
            body = _body(row)
            found.setdefault(
                json.dumps(body),
                Sample(id=row["id"], channel=row["channel"], name=row["name"], body=body),
            )
    return list(found.values())


def _body(row: dict[str, Any]) -> dict[str, Any]:
    if "body_b64" in row:
        return json.loads(base64.b64decode(row["body_b64"]))
    return row["body"] if isinstance(row["body"], dict) else json.loads(row["body"])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, path.read_text(encoding="utf-8").splitlines())
