"""Small reads, as many as go: of a gateway, and of a storage server."""
from __future__ import annotations

import json
import pathlib
import socket
import time
import urllib.parse

from bench_grid import Grid, Run, noise
from gbs_client import Nurl, tls_context
from processes import Process, wait_until

CONNECTIONS = 8
READ = 1000  # bytes


class Asker:
    """One kept connection that asks the same again and again; every answer is as long as the first."""

    def __init__(self, connection: socket.socket, request: bytes) -> None:
        self._connection = connection
        self._request = request
        self._length = 0
        self.ask()
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._receive()
        if not answer.startswith((b"HTTP/1.1 206", b"HTTP/1.1 200")):
            raise RuntimeError(f"a small read was answered with {answer[:200]!r}")
        head, _, body = answer.partition(b"\r\n\r\n")
        self._length = len(head) + 4 + READ
        self._left = self._length - len(answer)
        self.finish()

    def ask(self) -> None:
        self._connection.sendall(self._request)
        self._left = self._length

    def finish(self) -> None:
        while self._left > 0:
            self._left -= len(self._receive())

    def _receive(self) -> bytes:
        piece = self._connection.recv(1 << 16)
        if not piece:
            raise RuntimeError("a server ended a connection in the middle of small reads")
        return piece


def _load(askers: list[Asker], process: Process, seconds: float) -> tuple[float, float]:
    """\return answers per second, and per CPU second of the process."""
    count, cpu, begin = 0, process.cpu_seconds(), time.monotonic()
    while time.monotonic() - begin < seconds:
        for _ in range(8):
            for asker in askers:
                asker.ask()
            for asker in askers:
                asker.finish()
            count += len(askers)
    return count / (time.monotonic() - begin), count / max(process.cpu_seconds() - cpu, 0.01)


def _tls_askers(host: str, port: int, request: bytes) -> list[Asker]:
    return [Asker(tls_context().wrap_socket(socket.create_connection((host, port))), request)
            for _ in range(CONNECTIONS)]


def bare_http(run: Run) -> None:
    """The floor: a process that answers each request with as many bytes from memory, asked by the same
    client over as many connections, with the same TLS and a request as long."""
    server = Process([run.options.build / "bin" / "bench_transport", "--serve"], run.folder / "bare-http")
    try:
        said = wait_until(lambda: server.log_text().partition("\n")[0], 20, "the bare HTTP server")
        head = f"Host: h\r\nAuthorization: Tahoe-LAFS {'x' * 44}\r\nRange: bytes=0-{READ - 1}\r\n\r\n"
        request = f"GET /small HTTP/1.1\r\nX-Path: /storage/v1/immutable/{'x' * 26}/0\r\n{head}".encode()
        askers = _tls_askers("127.0.0.1", json.loads(said)["port"], request)
        rate, per_cpu = _load(askers, server, run.options.seconds)
    finally:
        server.kill()
    run.report.add("machine", "bare HTTP: 1 kB reads", rate, "/s")
    run.report.add("machine", "bare HTTP: 1 kB reads, per its CPU second", per_cpu, "/CPU s")
    run.floor["small reads"] = per_cpu


def _share_of(grid: Grid) -> tuple[pathlib.Path, object]:
    """Any immutable share in the grid, and its server."""
    for server in grid.servers:
        for file in server.shares.glob("[a-z2-7][a-z2-7]/*/*"):
            return file, server
    raise RuntimeError("no server holds a share")


def small_reads(grid: Grid, run: Run) -> None:
    if "floor" in run.options.only and grid.name == "tarn":
        bare_http(run)
    cap = grid.put(noise(grid.folder / "read", 1_000_000, 88))
    url = urllib.parse.urlsplit(grid.web.url)
    head = f"Range: bytes=500000-{500000 + READ - 1}\r\n\r\n"
    request = f"GET {grid.web.path_of(cap)} HTTP/1.1\r\nHost: {url.netloc}\r\n{head}".encode()
    askers = [Asker(socket.create_connection((url.hostname, url.port)), request) for _ in range(CONNECTIONS)]
    rate, per_cpu = _load(askers, grid.gateway, run.options.seconds)
    run.report.add(grid.name, "1 kB ranges from a gateway", rate, "/s")
    run.report.add(grid.name, "1 kB ranges from a gateway, per its CPU second", per_cpu, "/CPU s")

    share, server = _share_of(grid)
    nurl = Nurl.parse(server.nurl())
    request = (f"GET /storage/v1/immutable/{share.parent.name}/{share.name} HTTP/1.1\r\nHost: h\r\n"
               f"Authorization: {nurl.authorization()}\r\nRange: bytes=0-{READ - 1}\r\n\r\n").encode()
    askers = _tls_askers(nurl.host, nurl.port, request)
    rate, per_cpu = _load(askers, server.process, run.options.seconds)
    run.report.add(grid.name, "1 kB reads from a storage server", rate, "/s")
    run.report.add(grid.name, "1 kB reads from a server, per its CPU second", per_cpu, "/CPU s",
                   run.floor.get("small reads"))
