"""A gateway and its servers at the two ends of a slow line: 100 Mbit/s, 50 ms there and back. Each end
is a network namespace of its own, the line is line_emulator between them. Root only."""
from __future__ import annotations

import contextlib
import ctypes
import os
import pathlib
import socket
import subprocess
import threading
import time
from collections.abc import Iterator

from bench_grid import EXPANSION, Grid, Run, Timed, fresh_folder, noise, open_tahoe, open_tarn
from processes import Process, wait_until

MBIT = 100
ROUND_TRIP_MS = 50
QUEUE_MS = 100  # what the line's router keeps of packets at most
GATE, SERVERS = "10.231.77.1", "10.231.77.2"
MEGABYTES = 30


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """This thread, and the processes it starts, see the network of `namespace`. Sockets stay where
    they were made."""
    new_network = 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{namespace}") as there:
        if libc.setns(there.fileno(), new_network) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(home.fileno(), new_network)


def _lay(run: Run, log: pathlib.Path, servers: str) -> Process:
    """From here to the namespace `servers`."""
    near, far = "near", "far"
    emulator = Process([run.options.build / "bin" / "line_emulator", near, far, str(MBIT),
                        str(ROUND_TRIP_MS / 2), str(QUEUE_MS)], log)
    try:
        def ready() -> bool:
            emulator.require_running()
            return "ready" in emulator.log_text()
        wait_until(ready, 10, "line_emulator")
        _ip("link", "set", far, "netns", servers)
        for namespace, device, address in (([], near, GATE), (["-n", servers], far, SERVERS)):
            _ip(*namespace, "addr", "add", f"{address}/24", "dev", device)
            _ip(*namespace, "link", "set", device, "up")
            _ip(*namespace, "link", "set", "lo", "up")
    except BaseException:
        emulator.kill()
        raise
    return emulator


@contextlib.contextmanager
def laid_line(run: Run, folder: pathlib.Path) -> Iterator[str]:
    """Puts this thread at the gateway's end. \return the namespace of the other end, where the address
    is SERVERS. Both namespaces carry our process id and go with the block."""
    gate, servers = (f"tarn-bench-{os.getpid()}-{end}" for end in ("gate", "servers"))
    try:
        for namespace in (gate, servers):
            _ip("netns", "add", namespace)
        with inside(gate):
            emulator = _lay(run, folder / "emulator.log", servers)
            try:
                yield servers
            finally:
                emulator.kill()
    finally:
        for namespace in (gate, servers):
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True)


def _plain_tcp(servers: str, size: int) -> float:
    """Share of the line that ten plain TCP connections fill together, as an upload would."""
    with inside(servers):
        listener = socket.create_server((SERVERS, 0))
    senders = [socket.create_connection(listener.getsockname()) for _ in range(10)]
    receivers = [listener.accept()[0] for _ in senders]
    listener.close()

    def send(connection: socket.socket) -> None:
        connection.sendall(bytes(size // len(senders)))
        connection.shutdown(socket.SHUT_WR)

    def receive(connection: socket.socket) -> None:
        while connection.recv(1 << 16):
            pass
    begin = time.monotonic()
    threads = [threading.Thread(target=work, args=(connection,), daemon=True)
               for work, ends in ((send, senders), (receive, receivers)) for connection in ends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - begin
    for connection in senders + receivers:
        connection.close()
    return _share(size, seconds)


def _share(size: float, seconds: float) -> float:
    """Per cent of the line."""
    return 100 * size * 8 / seconds / (MBIT * 1e6)


def _transfers(grid: Grid, run: Run, best: float) -> None:
    grid.put(noise(grid.folder / "first", 10_000, 1))  # connections are made
    size = MEGABYTES * 1_000_000
    file = noise(grid.folder / "file", size, 2)
    with Timed(grid) as put:
        cap = grid.put(file)
    with Timed(grid) as get:
        grid.get(cap)
    grid.require_same(cap, file)
    name = f"line of {MBIT} Mbit/s, {ROUND_TRIP_MS} ms"
    run.report.add(grid.name, f"{name}: upload", _share(size * EXPANSION, put.wall), "% of line", best)
    run.report.add(grid.name, f"{name}: download", _share(size, get.wall), "% of line", best)
    small = noise(grid.folder / "small", 10_000, 3)
    with Timed(grid) as put:
        cap = grid.put(small)
    with Timed(grid) as get:
        grid.get(cap)
    run.report.add(grid.name, f"{name}: PUT of 10 kB", put.wall * 1e3, "ms", ROUND_TRIP_MS)
    run.report.add(grid.name, f"{name}: GET of 10 kB", get.wall * 1e3, "ms", ROUND_TRIP_MS)


def unavailable() -> str | None:
    """Why this machine cannot, or None."""
    if os.geteuid() != 0:
        return "network namespaces take root"
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        return "there is no /dev/net/tun"
    return None


def measure(run: Run) -> None:
    reason = unavailable()
    if reason:
        run.report.note(f"no emulated line: {reason}")
        return
    with fresh_folder(run, "line") as folder, laid_line(run, folder) as servers:
        best = _plain_tcp(servers, MEGABYTES * 1_000_000)
        there = {"prefix": ["ip", "netns", "exec", servers], "address": SERVERS}
        with open_tarn(run, server=there) as grid:
            _transfers(grid, run, best)
        if run.options.tahoe:
            with open_tahoe(run, server=there) as grid:
                _transfers(grid, run, best)
