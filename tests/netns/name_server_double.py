"""A DNS server for tests: notes what it is asked for, and answers A questions from a table."""
from __future__ import annotations

import socket
import threading


class NameServerDouble:
    def __init__(self, names: dict[str, str]) -> None:
        """names: "storage.example" -> "127.0.0.1"."""
        self.names = names
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    @staticmethod
    def _name(question: bytes) -> tuple[str, int]:
        """The name asked for, and where its question ends."""
        labels, at = [], 12
        while length := question[at]:
            labels.append(question[at + 1:at + 1 + length].decode())
            at += length + 1
        return ".".join(labels).lower(), at + 5

    def _serve(self) -> None:
        while True:
            try:
                question, peer = self._socket.recvfrom(1500)
            except OSError:
                return
            name, end = self._name(question)
            self.asked.append(name)
            is_v4 = question[end - 4:end - 2] == b"\0\1"
            address = self.names.get(name) if is_v4 else None
            answer = question[:2] + b"\x81\x80\0\1" + (b"\0\1" if address else b"\0\0") + bytes(4)
            answer += question[12:end]
            if address:
                answer += b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(address)
            self._socket.sendto(answer, peer)
