"""A SOCKS5 proxy for tests: notes what it is asked for and tunnels to addresses given to it."""
from __future__ import annotations

import socket
import struct
import threading


class Socks5Double:
    """routes: "name:port" -> (host, port) where the tunnel really goes."""

    def __init__(self, routes: dict[str, tuple[str, int]]) -> None:
        self.routes = routes
        self.requests: list[str] = []  # "kind host:port", in order; kind: name, ipv4, ipv6
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    @staticmethod
    def _read(client: socket.socket, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = client.recv(count - len(data))
            if not piece:
                raise ConnectionError("closed early")
            data += piece
        return data

    def _serve(self, client: socket.socket) -> None:
        try:
            with client, self._open(client) as server:
                back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
                back.start()
                self._pump(client, server)
                back.join()
        except (OSError, KeyError):
            pass

    def _open(self, client: socket.socket) -> socket.socket:
        """Greeting and request of RFC 1928, without authentication or with any user name."""
        _, count = self._read(client, 2)
        methods = self._read(client, count)
        if 0 in methods:
            client.sendall(b"\x05\x00")
        else:
            client.sendall(b"\x05\x02")
            self._read(client, 1)
            self._read(client, self._read(client, 1)[0])
            self._read(client, self._read(client, 1)[0])
            client.sendall(b"\x01\x00")
        _, _, _, kind = self._read(client, 4)
        if kind == 3:
            text, host = "name", self._read(client, self._read(client, 1)[0]).decode()
        elif kind == 1:
            text, host = "ipv4", socket.inet_ntop(socket.AF_INET, self._read(client, 4))
        else:
            text, host = "ipv6", socket.inet_ntop(socket.AF_INET6, self._read(client, 16))
        port, = struct.unpack(">H", self._read(client, 2))
        with self._lock:
            self.requests.append(f"{text} {host}:{port}")
        try:
            server = socket.create_connection(self.routes[f"{host}:{port}"], timeout=10)
        except (KeyError, OSError):
            client.sendall(b"\x05\x04\x00\x01" + bytes(6))
            raise
        server.settimeout(None)
        client.sendall(b"\x05\x00\x00\x01" + bytes(6))
        return server

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while piece := source.recv(65536):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
