"""A server that speaks just enough of the Redis protocol to misbehave on purpose."""

import asyncio
from contextlib import asynccontextmanager


class Refusal(str):
    """An error answer."""

    __slots__ = ()


CUT = object()
"""Says that the connection ends without an answer."""


class Node:
    """Sends what `answer(words)` returns, and remembers every command."""

    def __init__(self):
        self.heard = []
        self.port = 0

    def answer(self, words):
        raise NotImplementedError

    async def serve(self, reader, writer):
        try:
            while (line := await reader.readline()).startswith(b"*"):
                words = []
                for _ in range(int(line[1:])):
                    size = int((await reader.readline())[1:])
                    words.append((await reader.readexactly(size + 2))[:-2].decode())
                if words[0] == "CLIENT":
                    writer.write(b"+OK\r\n")
                    continue
                self.heard.append(words)
                reply = self.answer(words)
                if reply is CUT:
                    return
                writer.write(encoded(reply))
                await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def listening(*nodes):
    servers = []
    for node in nodes:
        server = await asyncio.start_server(node.serve, "127.0.0.1", 0)
        node.port = server.sockets[0].getsockname()[1]
        servers.append(server)
    try:
        yield
    finally:
        for server in servers:
            server.close()
            await server.wait_closed()


def encoded(reply):
    match reply:
        case Refusal():
            return f"-{reply}\r\n".encode()
        case str():
            return f"${len(reply.encode())}\r\n{reply}\r\n".encode()
        case int():
            return f":{reply}\r\n".encode()
        case None:
            return b"$-1\r\n"
        case _:
            return f"*{len(reply)}\r\n".encode() + b"".join(map(encoded, reply))
