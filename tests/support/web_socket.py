"""A client of a WebSocket, as little of one as tests need."""
from __future__ import annotations

import base64
import hashlib
import os
import socket
import urllib.parse


class WebSocket:
    TEXT, CLOSE, PING, PONG = 1, 8, 9, 10

    def __init__(self, base: str, path: str, headers: dict[str, str]) -> None:
        url = urllib.parse.urlsplit(base)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {url.hostname}:{url.port}", "Upgrade: websocket",
                 "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
                 *(f"{name}: {value}" for name, value in headers.items())]
        self._socket = socket.create_connection((url.hostname, url.port), timeout=30)
        self._file = self._socket.makefile("rb")
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        status = self._file.readline()
        answer = {}
        while line := self._file.readline().strip().decode():
            name, _, value = line.partition(":")
            answer[name.strip().lower()] = value.strip()
        accept = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        if b" 101 " not in status or answer.get("sec-websocket-accept") != base64.b64encode(accept).decode():
            self._socket.close()
            raise RuntimeError(f"{path}: no WebSocket: {status!r}")

    def __enter__(self) -> WebSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def send(self, opcode: int, payload: bytes) -> None:
        """A short frame, masked as clients must."""
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        self._socket.sendall(bytes([0x80 | opcode, 0x80 | len(payload)]) + mask + masked)

    def frame(self) -> tuple[int, bytes]:
        """The next one: its opcode and what it says."""
        first, size = self._file.read(2)
        if size == 126:
            size = int.from_bytes(self._file.read(2), "big")
        elif size == 127:
            size = int.from_bytes(self._file.read(8), "big")
        return first & 15, self._file.read(size)

    def text(self) -> str:
        """The next text message; others are passed over."""
        while True:
            opcode, payload = self.frame()
            if opcode == self.TEXT:
                return payload.decode()
