"""Where copies of the audit trail go: a file, or a bucket of an S3-compatible server.

A sink takes whole batches of one chain, in order, and returns only once they are kept. The same
batch may come twice.
"""

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import aiohttp

from lola.domain.clock import Clock
from lola.errors import StoreUnavailableError
from lola.settings import Settings
from lola.state.audit.chain import Entry
from lola.state.audit.sigv4 import signed_headers

_TIMEOUT = aiohttp.ClientTimeout(total=10)


class Sink(Protocol):
    """Keeps copies. `name` tells sinks apart: each has its own place in every chain."""

    name: str

    async def keep(self, batch: Sequence[Entry]) -> None:
        """Keep entries of one chain. Raises StoreUnavailableError; they are then given again."""
        ...


class FileSink:
    """Appends to one file, one JSON object a line, and returns after fsync."""

    name = "file"

    def __init__(self, path: Path) -> None:
        self._path = path

    async def keep(self, batch: Sequence[Entry]) -> None:
        """Append the entries. Raises StoreUnavailableError when the file cannot be written."""
        await asyncio.to_thread(self._append, lines_of(batch))

    def _append(self, data: bytes) -> None:
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                if os.write(descriptor, data) != len(data):
                    # Half a line would spoil the file for every reader.
                    os.ftruncate(descriptor, size)
                    raise OSError("the disk is full")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise StoreUnavailableError(f"the audit file: {error.strerror or error}") from None


class ObjectSink:
    """Puts each batch as one object, named by chain and numbers, so that a repetition replaces it.

    `url` is server, bucket and optional prefix. Give the bucket versions and a retention lock: then
    these credentials cannot take anything away.
    """

    name = "s3"

    def __init__(
        self,
        http: aiohttp.ClientSession,
        clock: Clock,
        url: str,
        *,
        region: str,
        key_id: str,
        secret: str,
    ) -> None:
        self._http = http
        self._clock = clock
        self._url = url.rstrip("/")
        self._region = region
        self._key_id = key_id
        self._secret = secret

    async def keep(self, batch: Sequence[Entry]) -> None:
        """Put one object. Raises StoreUnavailableError for every answer but success."""
        body = lines_of(batch)
        first, last = batch[0], batch[-1]
        url = f"{self._url}/{first.chain:02d}/{first.seq:012d}-{last.seq:012d}.jsonl"
        headers = signed_headers(
            url,
            body,
            at=self._clock(),
            region=self._region,
            key_id=self._key_id,
            secret=self._secret,
        )
        try:
            async with self._http.put(
                url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False
            ) as answer:
                if answer.status not in {200, 201, 204}:
                    raise StoreUnavailableError(f"the audit bucket answers {answer.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise StoreUnavailableError(f"the audit bucket: {type(error).__name__}") from None


def lines_of(batch: Sequence[Entry]) -> bytes:
    """Return entries as JSON lines."""
    lines = (json.dumps(entry.to_json(), separators=(",", ":")) for entry in batch)
    return "".join(f"{line}\n" for line in lines).encode()


def sinks_of(settings: Settings, http: aiohttp.ClientSession, clock: Clock) -> tuple[Sink, ...]:
    """Return the sinks that are configured."""
    found: list[Sink] = []
    if settings.audit_file:
        found.append(FileSink(Path(settings.audit_file)))
    if settings.audit_s3_url:
        found.append(
            ObjectSink(
                http,
                clock,
                settings.audit_s3_url,
                region=settings.audit_s3_region,
                key_id=settings.audit_s3_key_id,
                secret=settings.audit_s3_secret.get_secret_value(),
            )
        )
    return tuple(found)
