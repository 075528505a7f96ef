"""Asking for pages at a constant rate, as cheaply as can be: what asks shares the machine with what answers.

What belongs here: connections that stay open, and a request on one of them. Of an answer its status is told.
"""

import asyncio
from asyncio import StreamReader, StreamWriter
from urllib.parse import urlsplit

__all__ = ["Connections"]

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Connections:
    """Connections to one server, as many as there are requests at once."""

    def __init__(self, address: str) -> None:
        place = urlsplit(address)
        self._host, self._port = str(place.hostname), place.port
        self._idle: list[tuple[StreamReader, StreamWriter]] = []

    async def status_of(self, path: str, cookie: str) -> int:
        """Ask for a page and read it to its end; raises `ConnectionError`, `asyncio.IncompleteReadError`."""
        reader, writer = self._taken() or await asyncio.open_connection(self._host, self._port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\nCookie: {cookie}\r\n\r\n".encode())
        head = await reader.readuntil(_END_OF_HEAD)
        lines = head.lower().split(b"\r\n")
        length = next(int(each[len(_LENGTH) :]) for each in lines if each.startswith(_LENGTH))
        await reader.readexactly(length)
        self._idle.append((reader, writer))
        return int(lines[0].split()[1])

    def close(self) -> None:
        """Close those that stayed open."""
        while self._idle:
            self._idle.pop()[1].close()

    def _taken(self) -> tuple[StreamReader, StreamWriter] | None:
        """One that the server has not closed meanwhile."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None
