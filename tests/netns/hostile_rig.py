"""What the tests with hostile clients share: raw bytes to a storage server, and how it must feel."""
from __future__ import annotations

import base64
import os
import pathlib
import re
import socket
import ssl
import struct
import time
import unittest
from collections.abc import Iterator

from netns import PROGRAMS, fresh_folder
from tarn_grid import StorageServer

MEBIBYTE = 1 << 20
INDEX = "a" * 26
UPLOAD_SECRET = bytes(20)


def receive(connection: socket.socket, limit_s: float = 10) -> bytes:
    """Until the other side ends, however it does."""
    connection.settimeout(limit_s)
    answer = b""
    try:
        while piece := connection.recv(1 << 16):
            answer += piece
    except ConnectionError:
        pass
    return answer


def send_all(connection: socket.socket, pieces: Iterator[bytes]) -> int:
    """Until the other side has had enough. \\return bytes sent"""
    sent = 0
    try:
        for piece in pieces:
            connection.sendall(piece)
            sent += len(piece)
    except OSError:
        pass  # answered and closed before it had all
    return sent


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def incoming_files(servers: list[StorageServer]) -> int:
    """Shares that are being written. Walked, not globbed: folders vanish meanwhile."""
    return sum(len(files) for server in servers
               for _, _, files in os.walk(server.shares / "incoming"))


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_bytes(pid: int) -> int:
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def secret(kind: str, value: bytes) -> str:
    return f"X-Tahoe-Authorization: {kind} {base64.b64encode(value).decode()}\r\n"


LEASES = secret("lease-renew-secret", bytes(32)) + secret("lease-cancel-secret", bytes(32))
UPLOAD = secret("upload-secret", UPLOAD_SECRET)


def allocation(share: int, size: int) -> bytes:
    """The body that asks for one share."""
    return (b"\xa2\x6dshare-numbers\xd9\x01\x02\x81" + struct.pack(">BB", 0x18, share)
            + b"\x6eallocated-size\x1b" + struct.pack(">Q", size))


# Heads and bodies that two parsers may read differently. {auth} stands for valid credentials; what
# follows them is a request that must never be seen.
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
SMUGGLING = {
    "length and chunks": b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "chunks and length": CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
    "list of lengths": b"Content-Length: 0, 5\r\n\r\n",
    "signed length": b"Content-Length: +0\r\n\r\n",
    "negative length": b"Content-Length: -1\r\n\r\n",
    "hexadecimal length": b"Content-Length: 0x0\r\n\r\n",
    "empty length": b"Content-Length: \r\n\r\n",
    "length past 2^64": b"Content-Length: 18446744073709551616\r\n\r\n",
    "coding in a list": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding twice": CHUNKED * 2 + b"\r\n0\r\n\r\n",
    "coding behind a tab": b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "space before the colon": b"Content-Length : 5\r\n\r\n",
    "folded header": b"X: a\r\n Content-Length: 5\r\n\r\n",
    "folded first header": b" X: a\r\n\r\n",
    "bare LF": b"X: a\nContent-Length: 5\r\n\r\n",
    "bare LF at the end": b"X: a\r\n\n",
    "bare CR": b"X: a\rContent-Length: 5\r\n\r\n",
    "NUL": b"X: a\0b\r\n\r\n",
    "NUL in a name": b"X\0: a\r\n\r\n",
    "no name": b": a\r\n\r\n",
    "no colon": b"X\r\n\r\n",
    "second Host": b"Host: other\r\n\r\n",
    "chunk size past 2^64": CHUNKED + b"\r\n10000000000000000\r\n",
    "negative chunk": CHUNKED + b"\r\n-1\r\n",
    "chunk size with a prefix": CHUNKED + b"\r\n0x0\r\n\r\n",
    "chunk with a bare LF": CHUNKED + b"\r\n0\n\n",
    "chunk extension with a bare LF": CHUNKED + b"\r\n0;a\nb\r\n\r\n",
    "chunk longer than it says": CHUNKED + b"\r\n1\r\nab\r\n0\r\n\r\n",
}


class RawStorageTest(unittest.TestCase):
    """One server of its own for each test, and hands to throw bytes at it."""

    extra = ""  # for the [storage] section
    connections = 2048
    most_memory = 64 * MEBIBYTE

    def setUp(self) -> None:
        self.server = StorageServer(PROGRAMS, fresh_folder(self._testMethodName), nickname="h",
                                    extra=self.extra, connections=self.connections)
        self.server.start()
        self.addCleanup(self.server.kill)
        match = re.fullmatch(r"pb://[^@]+@127\.0\.0\.1:(\d+)/(\w+)#v=1", self.server.nurl())
        self.port = int(match[1])
        self.swissnum = match[2]
        # Whom we talk to is certain here, and the pin is tests/core's business.
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.tls.check_hostname = False
        self.tls.verify_mode = ssl.CERT_NONE

    @property
    def pid(self) -> int:
        return self.server.process.pid

    def plain(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self.addCleanup(connection.close)
        return connection

    def connect(self) -> socket.socket:
        connection = self.tls.wrap_socket(self.plain())
        self.addCleanup(connection.close)
        return connection

    def head(self, line: str, more: str = "", swissnum: str = "") -> bytes:
        token = base64.b64encode((swissnum or self.swissnum).encode()).decode()
        return (f"{line} HTTP/1.1\r\nHost: h\r\nAuthorization: Tahoe-LAFS {token}\r\n"
                f"{more}\r\n").encode()

    def answer(self, request: bytes) -> bytes:
        with self.connect() as connection:
            send_all(connection, iter([request]))
            return receive(connection)

    def status(self, request: bytes) -> int:
        return status_of(self.answer(request))

    def request(self, line: str, more: str = "", body: bytes = b"") -> bytes:
        fields = f"{more}Connection: close\r\n" + (f"Content-Length: {len(body)}\r\n" if body else "")
        return self.answer(self.head(line, fields) + body)

    def allocate(self, index: str, size: int, share: int = 0) -> bool:
        answer = self.request(f"POST /storage/v1/immutable/{index}", LEASES + UPLOAD, allocation(share, size))
        self.assertEqual(status_of(answer), 200, answer)
        return answer.endswith(b"allocated\xd9\x01\x02\x81" + (bytes([share]) if share < 24 else bytes([24, share])))

    def write(self, index: str, data: bytes, offset: int = 0, share: int = 0) -> int:
        more = f"{UPLOAD}Content-Range: bytes {offset}-{offset + len(data) - 1}/*\r\n"
        return status_of(self.request(f"PATCH /storage/v1/immutable/{index}/{share}", more, data))

    def abort(self, index: str, share: int = 0) -> int:
        return status_of(self.request(f"PUT /storage/v1/immutable/{index}/{share}/abort", UPLOAD))

    def require_well(self, limit_s: float = 10) -> None:
        """An honest client is served, and soon; the server has not grown."""
        begun = time.monotonic()
        request = self.head("GET /storage/v1/version", "Connection: close\r\n")
        self.assertEqual(self.status(request), 200)
        self.assertLess(time.monotonic() - begun, limit_s)
        self.assertLess(self.server.process.peak_memory_bytes(), self.most_memory)
