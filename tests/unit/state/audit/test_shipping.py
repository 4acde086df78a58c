"""Copies of the trail: in order, at least once, without gaps, to a file and to a bucket."""

import hashlib
import hmac
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from lola.errors import StoreUnavailableError
from lola.state import Keys
from lola.state.audit import AuditLines, AuditTrail, verify
from lola.state.audit.chain import entry_from, read_file
from lola.state.audit.shipping import AuditShipping
from lola.state.audit.sigv4 import signed_headers
from lola.state.audit.sinks import FileSink, ObjectSink
from lola.state.sync_list import SyncList

KEY_ID, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


def clock():
    return datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def keys():
    return Keys(f"t{uuid4().hex[:12]}")


@pytest.fixture
def trail(connections, keys):
    return AuditTrail(connections, keys, clock, AuditLines("secret"))


@pytest.fixture
def ship_to(connections, keys, trail):
    def make(*sinks, worker="w1"):
        lock = SyncList(connections.commands, keys, clock, "audit")
        return AuditShipping(trail, sinks, lock, clock, worker)

    return make


class Bucket:
    """An S3-compatible server: it computes the signature itself and refuses a wrong one."""

    def __init__(self):
        self.objects = {}
        self.refuse = 0

    async def put(self, request):
        body = await request.read()
        if self.refuse:
            self.refuse -= 1
            return web.Response(status=503)
        if self._signature(request, body) != request.headers["Authorization"].split("=")[-1]:
            return web.Response(status=403)
        if hashlib.sha256(body).hexdigest() != request.headers["X-Amz-Content-Sha256"]:
            return web.Response(status=400)
        self.objects[request.path] = body
        return web.Response()

    def _signature(self, request, body):
        """Compute it from what arrived, by the published steps of Signature Version 4."""
        given = request.headers["Authorization"]
        fields = dict(part.split("=", 1) for part in given.split(" ", 1)[1].split(", "))
        day, region, service, end = fields["Credential"].split("/")[1:]
        signed = fields["SignedHeaders"].split(";")
        headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in signed)
        canonical = "\n".join(
            (
                request.method,
                request.raw_path,
                request.query_string,
                headers,
                fields["SignedHeaders"],
                hashlib.sha256(body).hexdigest(),
            )
        )
        text = "\n".join(
            (
                "AWS4-HMAC-SHA256",
                request.headers["X-Amz-Date"],
                f"{day}/{region}/{service}/{end}",
                hashlib.sha256(canonical.encode()).hexdigest(),
            )
        )
        key = b"AWS4" + SECRET.encode()
        for part in (day, region, service, end):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def entries(self):
        lines = [line for path in sorted(self.objects) for line in self.objects[path].splitlines()]
        return [entry_from(json.loads(line)) for line in lines]


@asynccontextmanager
async def bucket_sink(**changes):
    bucket = Bucket()
    app = web.Application()
    app.router.add_put("/{path:.+}", bucket.put)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        values = {"region": "us-east-1", "key_id": KEY_ID, "secret": SECRET, **changes}
        yield bucket, ObjectSink(http, clock, f"{server.make_url('/audit/lola')}", **values)


def test_the_headers_name_key_scope_and_body():
    """The signature itself is verified by the bucket below, which computes it from what came."""
    headers = signed_headers(
        "https://examplebucket.s3.amazonaws.com/a.jsonl",
        b"Welcome to Amazon S3.",
        at=datetime(2013, 5, 24, tzinfo=UTC),
        region="us-east-1",
        key_id=KEY_ID,
        secret=SECRET,
    )
    # The digest of this body is the one that AWS publishes for its example.
    assert headers["X-Amz-Content-Sha256"] == (
        "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
    )
    assert f"Credential={KEY_ID}/20130524/us-east-1/s3/aws4_request" in headers["Authorization"]


async def test_a_file_gets_everything_once_and_in_order(trail, ship_to, tmp_path):
    """Also after new records and a new process, and only its owner can read it."""
    path = tmp_path / "audit.jsonl"
    for number in range(450):
        await trail.append("x", {"n": number})
    assert await ship_to(FileSink(path)).ship() == 450
    await trail.append("x", {"n": 450})
    assert await ship_to(FileSink(path)).ship() == 1
    entries = list(read_file(path))
    assert [entry.seq for entry in entries] == list(range(1, 452))
    (head,) = await trail.heads()
    assert verify(entries, starts={0: 1}, anchors=[(0, head.seq, head.link)]).faults == []
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_bucket_accepts_our_signature(trail, ship_to):
    """An object per batch, named so that names sort as the chain does."""
    async with bucket_sink() as (bucket, sink):
        for number in range(205):
            await trail.append("x", {"n": number})
        await ship_to(sink).ship()
        assert sorted(bucket.objects) == [
            "/audit/lola/00/000000000001-000000000200.jsonl",
            "/audit/lola/00/000000000201-000000000205.jsonl",
        ]
        assert verify(bucket.entries(), starts={0: 1}).faults == []


async def test_a_wrong_secret_is_refused_and_nothing_counts_as_shipped(trail, ship_to):
    """The server is one that does verify."""
    async with bucket_sink(secret="wrong") as (bucket, sink):
        await trail.append("x")
        with pytest.raises(StoreUnavailableError):
            await ship_to(sink).ship()
        assert (bucket.objects, await trail.shipped("s3", 0)) == ({}, 0)


async def test_what_a_bucket_did_not_take_comes_again(trail, ship_to):
    """An outage leaves no gap."""
    async with bucket_sink() as (bucket, sink):
        bucket.refuse = 2
        shipping = ship_to(sink)
        for number in range(3):
            await trail.append("x", {"n": number})
            try:
                await shipping.ship()
            except StoreUnavailableError:
                assert bucket.objects == {}
        assert [entry.seq for entry in bucket.entries()] == [1, 2, 3]


async def test_a_crash_between_keeping_and_counting_ships_again(trail, ship_to, tmp_path):
    """At least once: the file then has the entry twice, which is no fault."""
    path = tmp_path / "audit.jsonl"
    sink = FileSink(path)
    await trail.append("x")
    await trail.append("x")
    await ship_to(sink).ship()
    await trail.mark_shipped("file", 0, 1)
    await ship_to(sink).ship()
    entries = list(read_file(path))
    assert [entry.seq for entry in entries] == [1, 2, 2]
    assert verify(entries, starts={0: 1}).faults == []


async def test_a_file_that_cannot_be_written_is_an_error_of_the_store(trail, ship_to, tmp_path):
    """Nothing counts as shipped."""
    await trail.append("x")
    with pytest.raises(StoreUnavailableError):
        await ship_to(FileSink(tmp_path / "none" / "audit.jsonl")).ship()
    assert await trail.shipped("file", 0) == 0


async def test_entries_that_were_lost_before_shipping_raise_an_alarm(
    connections, keys, trail, ship_to, tmp_path, capsys
):
    """A sink that stood still for 90 days has a gap, and operators hear of it."""
    for number in range(3):
        await trail.append("x", {"n": number})
    stream, head = keys.audit(0)
    await connections.commands.xtrim(stream, maxlen=1, approximate=False)
    await connections.commands.hset(head, "dropped", 2)
    await ship_to(FileSink(tmp_path / "audit.jsonl")).ship()
    assert "audit.gap" in capsys.readouterr().out


async def test_each_chain_that_grew_is_anchored_in_the_log(trail, ship_to, capsys):
    """An anchor outside of Redis shows a chain whose end was cut, or that was written anew."""
    await trail.append("x")
    shipping = ship_to()
    await shipping.anchor()
    (head,) = await trail.heads()
    said = capsys.readouterr().out
    assert "audit.anchor" in said
    assert head.link in said
    await shipping.anchor()
    assert "audit.anchor" not in capsys.readouterr().out
