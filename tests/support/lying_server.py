"""A storage server whose answers are distorted on their way out, as raw bytes on a real socket.

It is a TLS server with the key of a real one behind it: gateways take it for that server. Each
request goes to the real server; its answer then passes through a Lie.
"""
from __future__ import annotations

import asyncio
import pathlib
import re
import ssl
import threading
from collections.abc import AsyncIterator, Callable

# What is sent instead of an answer: pieces of bytes, in their own time. The connection closes
# behind the last one.
Lie = Callable[[bytes], AsyncIterator[bytes]]

NEVER_S = 3600


def parts(answer: bytes) -> tuple[bytes, bytes]:
    """Head without its empty line, and body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


def with_body(answer: bytes, body: bytes, length: int | None = None) -> bytes:
    """The same head around another body; length: what Content-Length claims."""
    claimed = len(body) if length is None else length
    head = re.sub(rb"(?i)content-length: *\d+", b"Content-Length: %d" % claimed, parts(answer)[0])
    return head + b"\r\n\r\n" + body


class LyingServer:
    """Runs in a thread of its own. lie: None while it is honest; may change at any time."""

    def __init__(self, node: pathlib.Path, upstream_port: int) -> None:
        """node: the state folder of the server behind, for its key and certificate."""
        self.lie: Lie | None = None
        self.lies_told = 0
        self.at_connect: Callable[[asyncio.StreamWriter], None] | None = None
        self._upstream_port = upstream_port
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(node / "private" / "node.crt", node / "private" / "node.key")
        self._client_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client_tls.check_hostname = False
        self._client_tls.verify_mode = ssl.CERT_NONE
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls))
        self.port = self._server.sockets[0].getsockname()[1]

    def _call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def stop(self) -> None:
        async def end() -> None:
            self._server.close()
            for task in asyncio.all_tasks():
                if task is not asyncio.current_task():
                    task.cancel()
            await asyncio.sleep(0)
        self._call(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _read_message(reader):
                answer = await self._ask(request)
                if self.lie is None:
                    writer.write(answer)
                    await writer.drain()
                    continue
                self.lies_told += 1
                async for piece in self.lie(answer):
                    if writer.is_closing():
                        return
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)  # drain() alone lets nobody else run
                return
        except (OSError, ssl.SSLError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._upstream_port,
                                                       ssl=self._client_tls)
        try:
            writer.write(request)
            return await _read_message(reader)
        finally:
            writer.close()


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    """A whole request or answer; empty at the end of the connection. Ours have lengths."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return head + (await reader.readexactly(int(length[1])) if length else b"")


async def silence(_answer: bytes) -> AsyncIterator[bytes]:
    await asyncio.sleep(NEVER_S)
    yield b""


def cut(share_of_answer: float) -> Lie:
    """A part of the answer and the end of the connection."""
    async def lie(answer: bytes) -> AsyncIterator[bytes]:
        yield answer[:int(len(answer) * share_of_answer)]
    return lie


def cut_in_head(size: int) -> Lie:
    async def lie(answer: bytes) -> AsyncIterator[bytes]:
        yield answer[:size]
    return lie


def stop_in_body(answered: bool) -> Lie:
    """The head, and half of the body if `answered`; then nothing more."""
    async def lie(answer: bytes) -> AsyncIterator[bytes]:
        head, body = parts(answer)
        yield head + b"\r\n\r\n" + (body[:len(body) // 2] if answered else b"")
        await asyncio.sleep(NEVER_S)
    return lie


async def drip(answer: bytes) -> AsyncIterator[bytes]:
    """One byte a second."""
    for byte in answer:
        yield bytes([byte])
        await asyncio.sleep(1)


async def endless_body(answer: bytes) -> AsyncIterator[bytes]:
    head = re.sub(rb"(?i)content-length: *\d+", b"Transfer-Encoding: chunked", parts(answer)[0])
    yield head + b"\r\n\r\n"
    while True:
        yield b"8000\r\n" + bytes(0x8000) + b"\r\n"


async def endless_until_close(answer: bytes) -> AsyncIterator[bytes]:
    head = re.sub(rb"(?i)content-length: *\d+", b"Connection: close", parts(answer)[0])
    yield head + b"\r\n\r\n"
    while True:
        yield bytes(0x8000)


async def endless_head(_answer: bytes) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X-Filler: y\r\n" * 500


async def endless_line(_answer: bytes) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 "
    while True:
        yield b"O" * 10_000


async def continue_flood(_answer: bytes) -> AsyncIterator[bytes]:
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 500


async def garbage(_answer: bytes) -> AsyncIterator[bytes]:
    yield bytes(range(256)) * 8


def body_of(body: bytes) -> Lie:
    async def lie(answer: bytes) -> AsyncIterator[bytes]:
        yield with_body(answer, body)
    return lie


def wrong_length(by: int) -> Lie:
    """Content-Length says so much more (or less) than there is, and the connection stays."""
    async def lie(answer: bytes) -> AsyncIterator[bytes]:
        body = parts(answer)[1]
        yield with_body(answer, body, max(0, len(body) + by))
        await asyncio.sleep(NEVER_S)
    return lie


def head_of(status_line: bytes, *fields: bytes) -> Lie:
    """Another head, with the true body behind it."""
    async def lie(answer: bytes) -> AsyncIterator[bytes]:
        body = parts(answer)[1]
        head = b"\r\n".join([status_line, *fields, b"Content-Length: %d" % len(body)])
        yield head + b"\r\n\r\n" + body
    return lie
