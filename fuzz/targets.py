"""The fuzzing targets: every connector's parser, and what must hold for all of its results.

Used by the tests in CI (Hypothesis) and by longer runs (`make fuzz`, Atheris). A channel is
included when it is in the default settings and has valid bodies in `seeds/<its name>/`.
"""

import copy
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from lola.app import load
from lola.channel.contract import Connector, Parsed, RawRequest
from lola.channel.templates import PREFIX
from lola.domain.clock import system_clock
from lola.domain.messages import Inbound, inbound_from_json, inbound_to_json
from lola.errors import MalformedPayloadError
from lola.settings import DEFAULT_CHANNELS, Settings

SEEDS = Path(__file__).parent / "seeds"


def connectors() -> tuple[Connector, ...]:
    """Build every connector of the default settings, without credentials and without a network."""
    settings = Settings(chatwoot_account_id="1")  # the account of its seeds
    return tuple(
        load("CHANNELS", name).build(settings, None, system_clock) for name in DEFAULT_CHANNELS
    )


def seeds(connector: Connector) -> tuple[bytes, ...]:
    """Return the valid bodies of a channel. Raises FileNotFoundError when it has none."""
    return tuple(path.read_bytes() for path in sorted((SEEDS / connector.name).iterdir()))


def read(connector: Connector, path: str, body: bytes) -> tuple[Inbound, ...]:
    """Parse as the gateway does after verification; only a malformed body may be refused."""
    request = RawRequest(method="POST", path=path, headers={}, body=body, query={})
    connector.accepted(request)
    try:
        parsed = connector.parse(request)
    except MalformedPayloadError:
        return ()
    check(parsed)
    return parsed.messages


def check(parsed: Parsed) -> None:
    """Assert that every message can be stored and read back, and has a conversation."""
    for inbound in parsed.messages:
        stored = json.dumps(inbound_to_json(inbound), ensure_ascii=False).encode()
        assert inbound_from_json(json.loads(stored)) == inbound
        assert inbound.conversation.startswith(f"{inbound.address.channel}-")
        assert "None" not in (inbound.id, inbound.address.sender)
    for status in parsed.statuses:
        assert status.provider_id
        assert status.status in {"sent", "delivered", "read", "failed"}
    for template in parsed.templates:
        assert template.name.startswith(PREFIX)
        json.dumps(asdict(template), ensure_ascii=False).encode()
    for alert in parsed.alerts:
        assert alert.isprintable()


def altered(seed: bytes, place: int, junk: Any) -> bytes:
    """Return the seed with one value replaced by `junk`; `place` wraps around."""
    if not seed.startswith(b"{"):
        fields = parse_qsl(seed.decode(), keep_blank_values=True)
        name, _ = fields[place % len(fields)]
        value = junk if isinstance(junk, str) else json.dumps(junk)
        changed = [(key, value if key == name else old) for key, old in fields]
        return urlencode(changed, errors="replace").encode()
    payload = copy.deepcopy(json.loads(seed))
    spots = tuple(_spots(payload))
    parent, key = spots[place % len(spots)]
    parent[key] = junk
    return json.dumps(payload).encode()


def words(connector: Connector) -> tuple[str, ...]:
    """Return every name and text in the seeds: junk that a parser gives a meaning to."""
    found: dict[str, None] = {}
    for seed in seeds(connector):
        if not seed.startswith(b"{"):
            found.update((word, None) for pair in parse_qsl(seed.decode()) for word in pair)
            continue
        for parent, key in _spots(json.loads(seed)):
            found.update((word, None) for word in (key, parent[key]) if isinstance(word, str))
    return tuple(found)


def _spots(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place of a JSON value, as its container and its key or index."""
    keys = list(node) if isinstance(node, dict) else range(len(node))
    for key in keys:
        yield node, key
        if isinstance(node[key], dict | list):
            yield from _spots(node[key])
