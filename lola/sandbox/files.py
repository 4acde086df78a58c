"""Files that simulated senders sent, as a stand-in of a provider keeps them for the service."""

from dataclasses import dataclass
from hashlib import sha256
from itertools import count

from aiohttp import web


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file at a provider. `mime` is what the sender's device claims, `id` the provider's."""

    id: str
    data: bytes
    mime: str
    name: str = ""

    @property
    def digest(self) -> str:
        """The SHA-256 of the bytes, in hex."""
        return sha256(self.data).hexdigest()


class FileShelf:
    """The files at one provider, and how often each was fetched."""

    def __init__(self) -> None:
        self._files: dict[str, SentFile] = {}
        self._numbers = count(300_000_000_000_001)
        self.fetched: list[str] = []

    def put(self, data: bytes, mime: str, name: str = "") -> SentFile:
        """Keep a file and return it with its id."""
        file = SentFile(id=str(next(self._numbers)), data=data, mime=mime, name=name)
        self._files[file.id] = file
        return file

    def get(self, file_id: str) -> SentFile | None:
        """Return a file, None for an id that is not known."""
        return self._files.get(file_id)

    def serve(self, file_id: str) -> web.Response:
        """Return the response with a file's bytes."""
        file = self.get(file_id)
        if file is None:
            return web.Response(status=404)
        self.fetched.append(file_id)
        return web.Response(body=file.data, headers={"Content-Type": file.mime})
