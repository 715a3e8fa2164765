"""Memory and idleness: a big file, a large mutable write, idle connections, a minute of nothing."""
from __future__ import annotations

import base64
import hashlib
import os
import random
import resource
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator

from bench_grid import EXPANSION, GB, Grid, Run, Timed, noise, settle, single_server
from bench_transfers import first_byte
from gbs_client import GbsClient, Nurl, tls_context
from processes import Process

MUTABLE_WRITE = 33_000_000
BUDGET_GIGABYTES = 10  # of the file that memory has budgets for
IDLE_CONNECTIONS = 2000  # a server's limit is 2048


def storage_index() -> str:
    return base64.b32encode(os.urandom(16)).decode().lower().rstrip("=")


def _pieces(size: int) -> Iterator[bytes]:
    source = random.Random(size)
    for begin in range(0, size, 10_000_000):
        yield source.randbytes(min(10_000_000, size - begin))


def _put_stream(grid: Grid, size: int) -> tuple[str, str]:
    """Uploads `size` bytes that lie nowhere. \return capability and SHA-256"""
    digest = hashlib.sha256()
    with subprocess.Popen(["curl", "--silent", "--show-error", "--fail", "--noproxy", "*", "-T", "-",
                           "-H", "Expect:", grid.web.url + "/uri"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as put:
        for piece in _pieces(size):
            digest.update(piece)
            put.stdin.write(piece)
        put.stdin.close()
        cap = put.stdout.read().decode().strip()
    if put.returncode != 0:
        raise RuntimeError(f"{grid.name}: the big file was not taken")
    return cap, digest.hexdigest()


def _get_digest(grid: Grid, cap: str) -> str:
    digest = hashlib.sha256()
    with subprocess.Popen(["curl", "--silent", "--fail", "--noproxy", "*",
                           grid.web.url + grid.web.path_of(cap)], stdout=subprocess.PIPE) as get:
        while piece := get.stdout.read(1_000_000):
            digest.update(piece)
    return digest.hexdigest() if get.returncode == 0 else ""


def big_file(grid: Grid, run: Run) -> None:
    """One file there and back, for the peaks of memory; and ranges of it."""
    gigabytes = run.options.big_gigabytes
    size = int(gigabytes * GB)
    if not gigabytes or not run.has_space(size * (1 + EXPANSION), f"file of {gigabytes:g} GB"):
        return
    everybody: list[Process] = [grid.gateway, *(server.process for server in grid.servers)]
    for process in everybody:
        process.reset_peak_memory()
    with Timed(grid) as timed:
        cap, digest = _put_stream(grid, size)
        if _get_digest(grid, cap) != digest:
            raise RuntimeError(f"{grid.name}: the big file came back changed")
    gateway, *servers = (process.peak_memory_bytes() / 1e6 for process in everybody)
    run.report.add(grid.name, "big file", gigabytes, "GB")
    run.report.add(grid.name, "big file: there and back", timed.wall, "s")
    short_of = "" if gigabytes >= BUDGET_GIGABYTES else f"{BUDGET_GIGABYTES} GB"
    run.report.add(grid.name, "peak memory: gateway, big file", gateway, "MB", short_of=short_of)
    run.report.add(grid.name, "peak memory: largest server, big file", max(servers), "MB", short_of=short_of)
    first_byte(grid, run, cap, size)


def mutable_write(name: str, server, run: Run) -> None:
    """server: with .process and nurl(); one share of MUTABLE_WRITE bytes in one request, twice."""
    server.process.reset_peak_memory()
    client, index = GbsClient(server.nurl()), storage_index()
    for _ in range(2):
        client.write_slot(index, 0, os.urandom(MUTABLE_WRITE))
    client.close()
    run.report.add(name, "peak memory: server, mutable write of 33 MB",
                   server.process.peak_memory_bytes() / 1e6, "MB")


def gateway_writes(grid: Grid, run: Run) -> None:
    """Mutable files of MUTABLE_WRITE bytes, each made and overwritten."""
    files = [noise(grid.folder / f"mutable{seed}", MUTABLE_WRITE, seed) for seed in (1, 2)]
    for kind in ("SDMF", "MDMF"):
        grid.gateway.reset_peak_memory()
        cap = grid.curl("-T", files[0], f"{grid.web.url}/uri?format={kind}")
        grid.curl("-T", files[1], grid.web.url + grid.web.path_of(cap))
        run.report.add(grid.name, f"peak memory: gateway, {kind} write of 33 MB",
                       grid.gateway.peak_memory_bytes() / 1e6, "MB")
        grid.require_same(cap, files[1])


def _greet(nurl: Nurl, context: ssl.SSLContext) -> ssl.SSLSocket:
    """A connection that has had one answer."""
    connection = context.wrap_socket(socket.create_connection((nurl.host, nurl.port)))
    connection.sendall(f"GET /storage/v1/version HTTP/1.1\r\nHost: h\r\n"
                       f"Authorization: {nurl.authorization()}\r\n\r\n".encode())
    if not connection.recv(65536).startswith(b"HTTP/1.1 200"):
        raise RuntimeError("a connection was refused")
    return connection


def idle_connections(name: str, server, run: Run) -> None:
    """server: that has had no other connections."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    nurl, context = Nurl.parse(server.nurl()), tls_context()
    held = [_greet(nurl, context) for _ in range(20)]  # what a server makes once is made
    before = server.process.memory_bytes()
    held += [_greet(nurl, context) for _ in range(IDLE_CONNECTIONS)]
    each = (server.process.memory_bytes() - before) / IDLE_CONNECTIONS
    for connection in held:
        connection.close()
    run.report.add(name, "memory of an idle TLS connection", each / 1e3, "kB")


def server_memory(run: Run) -> None:
    """Of servers of ours that do nothing else."""
    with single_server(run, "mutable") as server:
        mutable_write("tarn", server, run)
    with single_server(run, "crowd") as server:
        idle_connections("tarn", server, run)


def idle(grid: Grid, run: Run) -> None:
    settle(grid.gateway)  # what earlier parts left behind comes to an end, keys are made
    with Timed(grid) as nothing:
        time.sleep(run.options.idle)
    run.report.add(grid.name, "idle CPU of servers and gateway", 100 * nothing.all / nothing.wall, "% of core")
