"""Public hosts that two sides of a punched path need: one that carries their signals and says how it sees
them, and one that answers STUN Binding requests (RFC 8489)."""
from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading

_MAGIC = 0x2112A442


class Rendezvous:
    """Carries questions and answers between those who have said hello."""

    def __init__(self, host: str, port: int = 7000) -> None:
        self.address = f"{host}:{port}"
        self._names: dict[str, socketserver.StreamRequestHandler] = {}
        self._lock = threading.Lock()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                outer._serve(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server((host, port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _serve(self, handler) -> None:
        name = ""
        for raw in handler.rfile:
            words = raw.decode().split()
            if words[0] == "hello":
                name = words[1]
                with self._lock:
                    self._names[name] = handler
                self._say(handler, "seen %s:%d" % handler.client_address)
            elif words[0] == "ask":
                self._tell(words[1], f"question {name} {words[2]} {words[3]}")
            elif words[0] == "answer":
                self._tell(words[1], f"answer {words[2]} {words[3]}")

    def _tell(self, name: str, line: str) -> None:
        with self._lock:
            handler = self._names.get(name)
        if handler:
            self._say(handler, line)

    @staticmethod
    def _say(handler, line: str) -> None:
        try:
            handler.wfile.write((line + "\n").encode())
        except OSError:
            pass  # it has gone

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class StunServer:
    """Tells whoever asks under which address it is seen."""

    def __init__(self, host: str, port: int = 3478) -> None:
        self.address = f"{host}:{port}"
        self.asked = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                request, asker = self._socket.recvfrom(2048)
            except OSError:
                return
            if asker is None:
                return  # shut down
            host, port = asker
            if len(request) < 20 or struct.unpack_from("!H", request)[0] != 0x0001:
                continue
            self.asked += 1
            number = struct.unpack("!I", socket.inet_aton(host))[0]
            if request[4:8] == struct.pack("!I", _MAGIC):
                seen = struct.pack("!HHBBHI", 0x0020, 8, 0, 1, port ^ (_MAGIC >> 16), number ^ _MAGIC)
            else:  # as libnice asks, in the old way (RFC 3489): no cookie, and the address as it is
                seen = struct.pack("!HHBBHI", 0x0001, 8, 0, 1, port, number)
            self._socket.sendto(struct.pack("!HH", 0x0101, len(seen)) + request[4:20] + seen, (host, port))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes who waits
        self._thread.join(10)
        self._socket.close()
