"""Reading REDIS_URL: one server, a Sentinel set or a Cluster, all from one setting.

Nothing is connected here, and no error repeats the address: it may hold a password.

    redis://[user:password@]host:6379/0                              one server; rediss:// with TLS
    unix:///path/to/redis.sock                                       one server on this machine
    redis+sentinel://[user:password@]h1:26379,h2:26379/service/0     credentials are the servers'
    redis+cluster://[user:password@]h1:7000,h2:7001                  any nodes; the rest is learned
"""

import re
from dataclasses import dataclass
from typing import Literal, NoReturn
from urllib.parse import unquote

from lola.errors import ConfigurationError

Topology = Literal["single", "sentinel", "cluster"]

_SCHEME = re.compile(r"\A(?P<scheme>[a-z+]++)://(?P<rest>.*)", re.DOTALL)
_NODE = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]/@\s]+)(:(?P<port>\d{1,5}))?")
_SINGLE = ("redis", "rediss", "unix")
_MANY: dict[str, tuple[Topology, int]] = {
    "redis+sentinel": ("sentinel", 26379),
    "rediss+sentinel": ("sentinel", 26379),
    "redis+cluster": ("cluster", 6379),
    "rediss+cluster": ("cluster", 6379),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisAddress:
    """The address of Redis. `url` is read by redis-py itself, for a single server only."""

    topology: Topology
    url: str = ""
    nodes: tuple[tuple[str, int], ...] = ()
    service: str = ""
    database: int = 0
    username: str | None = None
    password: str | None = None
    tls: bool = False


def read_address(url: str) -> RedisAddress:
    """Parse a URL. Raises ConfigurationError, which names no part of it."""
    matched = _SCHEME.fullmatch(url)
    scheme = matched["scheme"] if matched else ""
    if scheme in _SINGLE:
        return RedisAddress(topology="single", url=url)
    if matched is None or scheme not in _MANY:
        _refuse(
            "must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://"
        )
    topology, port = _MANY[scheme]
    authority, _, path = matched["rest"].partition("/")
    credentials, _, hosts = authority.rpartition("@")
    username, _, password = credentials.partition(":")
    service, database = _path(path, topology)
    return RedisAddress(
        topology=topology,
        nodes=tuple(_node(text, port) for text in hosts.split(",")),
        service=service,
        database=database,
        username=unquote(username) or None,
        password=unquote(password) or None,
        tls=scheme.startswith("rediss"),
    )


def _node(text: str, port: int) -> tuple[str, int]:
    matched = _NODE.fullmatch(text)
    if matched is None:
        _refuse("needs host:port, separated by commas")
    number = int(matched["port"] or port)
    if not 0 < number < 65536:
        _refuse("has a port that is none")
    return matched["host"].strip("[]"), number


def _path(path: str, topology: Topology) -> tuple[str, int]:
    if topology == "cluster":
        if path.strip("/"):
            _refuse("names a database, but a cluster has only one")
        return "", 0
    service, _, database = path.partition("/")
    if not service or service.isdecimal() or not (database.isdecimal() or not database):
        _refuse("must end with /service or /service/database")
    return unquote(service), int(database or 0)


def _refuse(reason: str) -> NoReturn:
    raise ConfigurationError("REDIS_URL", reason, hint="docs/delivery.md")
