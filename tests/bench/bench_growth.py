"""How cost grows: with the number of servers, the size of a file, the shares in a store. One line of
JSON per point, one chart each."""
from __future__ import annotations

import itertools
import os
import pathlib
import statistics
import struct
import subprocess
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable

import plot
from bench_grid import EXPANSION, GB, Grid, Run, Timed, noise, open_tarn, single_server
from bench_memory import storage_index
from gbs_client import GbsClient
from processes import free_port, wait_until
from tarn_grid import StorageServer

Curves = dict[str, list[tuple[float, float]]]
SERVERS = [1, 2, 5, 10, 20, 50]
SHARE_BYTES = 1000  # of a generated share
ASKED = 500         # requests per figure
BUDGET_SHARES = 1_000_000  # of the store whose start-up has a budget


def _draw(run: Run, name: str, title: str, x_label: str, y_label: str, curves: Curves, **more) -> None:
    for curve, points in curves.items():
        for x, y in points:
            run.report.point(name, curve, x, y)
    path = run.report.folder / f"{name}.svg"
    plot.chart(path, title, x_label, y_label,
               [plot.Series(curve, points) for curve, points in curves.items()], **more)
    run.report.note(f"chart: {path}")


def _times(size: int) -> int:
    """How often a transfer is repeated, so that clock ticks of 10 ms do not matter."""
    return max(1, min(50, int(30_000_000 / size)))


def _there_and_back(grid: Grid, size: int, seed: int) -> tuple[Timed, Timed, int]:
    """Several files up, then down. \return both times, for so many files"""
    count = _times(size)
    files = [noise(grid.folder / f"file{i}", size, seed + i) for i in range(count)]
    with Timed(grid) as put:
        caps = [grid.put(file) for file in files]
    with Timed(grid) as get:
        for cap in caps:
            grid.get(cap)
    grid.require_same(caps[-1], files[-1])
    for file in files:
        file.unlink()
    return put, get, count


def servers(run: Run) -> None:
    curves: Curves = defaultdict(list)
    for count in SERVERS[:4] if run.options.quick else SERVERS:
        # Ten shares whatever the number of servers: what differs is only among how many they are.
        with open_tarn(run, servers=count, gateway={"happy": 1}) as grid:
            grid.put(noise(grid.folder / "first", 10_000, 1))  # all connections are made
            for label, size in (("10 kB", 10_000), ("10 MB", 10_000_000)):
                put, get, files = _there_and_back(grid, size, size)
                for way, timed in (("PUT", put), ("GET", get)):
                    curves[f"{way} {label}"].append((count, 1e3 * timed.all / files))
    _draw(run, "servers", "Cost of a file by number of servers", "storage servers",
          "CPU ms of all processes", curves, subtitle="3-of-10, shares spread over all servers; "
          "less is better, flat is ideal", x_format=lambda value: f"{value:g}")
    for curve, points in curves.items():
        (_, first), (most, last) = points[0], points[-1]
        run.report.add("tarn", f"{curve}: CPU with {most} servers / with 1", last / first, "x")


def sizes(run: Run) -> None:
    cost, memory = defaultdict(list), defaultdict(list)
    most = run.options.big_gigabytes * GB
    with open_tarn(run) as grid:
        for exponent in range(3, 11):
            size = 10 ** exponent
            if size > most * 1.001 or not run.has_space(size * (2 + EXPANSION), f"growth to {size:g} bytes"):
                break
            watched = [grid.gateway, *(server.process for server in grid.servers)]
            for process in watched:
                process.reset_peak_memory()
            put, get, files = _there_and_back(grid, size, size)
            gateway, *others = (process.peak_memory_bytes() / 1e6 for process in watched)
            for way, timed in (("PUT", put), ("GET", get)):
                cost[f"{way}, CPU of all"].append((size, timed.all / files))
                cost[f"{way}, wall"].append((size, timed.wall / files))
            memory["gateway"].append((size, gateway))
            memory["largest server"].append((size, max(others)))
    def in_bytes(value: float) -> str:
        return plot.number(value) + "B"
    _draw(run, "sizes", "Cost of a file by size", "bytes of the file", "seconds", cost, x_format=in_bytes,
          subtitle="3-of-10, ten servers and the gateway on one machine")
    _draw(run, "memory", "Peak memory by file size", "bytes of the file", "MB", memory, x_format=in_bytes,
          limits=[plot.Limit("budget, gateway", 64), plot.Limit("budget, server", 48)])


# Shares in a store --------------------------------------------------------------------------------

def _fill(shares: pathlib.Path, count: int) -> None:
    """Adds immutable containers (version 1, one lease), one in each bucket, as a server in a large
    grid has them."""
    container = struct.pack(">LLL", 1, SHARE_BYTES, 1) + bytes(SHARE_BYTES) + bytes(72)
    for _ in range(count):
        index = storage_index()
        bucket = f"{shares}/{index[:2]}/{index}"
        os.makedirs(bucket)
        file = os.open(f"{bucket}/0", os.O_WRONLY | os.O_CREAT, 0o644)
        os.write(file, container)
        os.close(file)
    os.sync()  # a server that starts syncs what was not: this is no part of a start


def _counted(port: int) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/healthz") as answer:
        return b'"used_bytes": null' not in answer.read()


def _milliseconds(calls: int, call: Callable[[], object]) -> tuple[float, float]:
    """\return median and 99th percentile"""
    seconds = []
    for _ in range(calls):
        begin = time.monotonic()
        call()
        seconds.append(time.monotonic() - begin)
    return 1e3 * statistics.median(seconds), 1e3 * statistics.quantiles(seconds, n=100)[98]


def _some_buckets(shares: pathlib.Path, count: int) -> list[str]:
    """The names of `count` buckets, all over the store."""
    found: list[str] = []
    for prefix in shares.iterdir():
        if prefix.name != "incoming":
            found += [bucket.name for bucket in itertools.islice(prefix.iterdir(), 1 + count // 500)]
    return found[:count]


def _look_at_store(server: StorageServer, admin_port: int, held: int, curves: Curves) -> None:
    """One start: until it serves, then requests while it still counts and when it has counted."""
    begin = time.monotonic()
    server.start()
    curves["start-up"].append((held, time.monotonic() - begin))
    client = GbsClient(server.nurl())
    def allocate() -> None:
        index = storage_index()
        client.allocate(index, {0}, SHARE_BYTES)
        client.abort(index, 0)
    if not _counted(admin_port):
        curves["allocate, while counting, p99"].append((held, _milliseconds(ASKED, allocate)[1] / 1e3))
    wait_until(lambda: _counted(admin_port), 600, "the count of all shares")
    curves["counted after"].append((held, time.monotonic() - begin))
    median, worst = _milliseconds(ASKED, allocate)
    curves["allocate + abort, median"].append((held, median / 1e3))
    curves["allocate + abort, p99"].append((held, worst / 1e3))
    buckets = iter(_some_buckets(server.shares, ASKED))
    _, worst = _milliseconds(ASKED, lambda: client.read(next(buckets), 0, 0, SHARE_BYTES))
    curves["read of 1 kB, p99"].append((held, worst / 1e3))
    client.close()
    curves["memory"].append((held, server.process.memory_bytes() / 1e6))


def _list_all(server: StorageServer, held: int, curves: Curves) -> None:
    """`drain list`, as an operator who empties the server says it, while somebody else reads."""
    client = GbsClient(server.nurl())
    wait_until(client.version, 30, "a server to list")
    bucket = _some_buckets(server.shares, 1)[0]
    client.read(bucket, 0, 0, SHARE_BYTES)
    server.process.reset_peak_memory()
    before = server.process.memory_bytes()
    slowest = 0.0
    begin = time.monotonic()
    with open(server.folder / "list", "wb") as list_file:
        lister = subprocess.Popen([*server.arguments(), "drain", "list", "--json"], stdout=list_file)
        while lister.poll() is None:
            asked = time.monotonic()
            client.read(bucket, 0, 0, SHARE_BYTES)
            slowest = max(slowest, time.monotonic() - asked)
            time.sleep(0.01)
    took = time.monotonic() - begin
    lines = sum(1 for _ in open(server.folder / "list", "rb"))
    if lister.returncode != 0 or lines != held + 2:
        raise RuntimeError(f"drain list: {lister.returncode}, {lines} lines of {held + 2}")
    client.close()
    curves["drain list"].append((held, took))
    curves["drain list, slowest read meanwhile"].append((held, slowest))
    curves["drain list, memory"].append((held, (server.process.peak_memory_bytes() - before) / 1e6))


def shares(run: Run) -> None:
    most = run.options.store_shares
    if not run.has_space(most * 9000, f"store of {most} shares"):
        return
    curves: Curves = defaultdict(list)
    admin_port, held, wanted = free_port(), 0, 1000
    with single_server(run, "store", admin_port=admin_port) as server:
        server.stop()
        while wanted <= most:
            _fill(server.shares, wanted - held)
            held = wanted
            _look_at_store(server, admin_port, held, curves)
            _list_all(server, held, curves)
            server.kill()  # without a goodbye: the next start must count for itself
            wanted *= 10
    memory, listing = curves.pop("memory"), curves.pop("drain list, memory")
    _draw(run, "shares", "Cost by shares in a store", "shares on disk", "seconds", curves,
          subtitle="after a crash, files in the page cache; allocate: a new share and its abort",
          limits=[plot.Limit("budget, start-up", 1)])
    run.report.add("tarn", "shares in the store", held, "")
    short_of = "" if held >= BUDGET_SHARES else f"{BUDGET_SHARES:,} shares"
    run.report.add("tarn", "start-up of a store", curves["start-up"][-1][1], "s", short_of=short_of)
    run.report.add("tarn", "start-up of a store: all shares counted", curves["counted after"][-1][1], "s")
    first, last = curves["allocate + abort, p99"][0][1], curves["allocate + abort, p99"][-1][1]
    run.report.add("tarn", "allocate and abort, p99", 1e3 * last, "ms", 1e3 * first)
    run.report.add("tarn", "memory of the store's server", memory[-1][1], "MB", memory[0][1])
    run.report.add("tarn", "drain list", curves["drain list"][-1][1], "s")
    run.report.add("tarn", "drain list: more memory of the server", listing[-1][1], "MB", listing[0][1])
    run.report.add("tarn", "drain list: slowest read of others",
                   1e3 * curves["drain list, slowest read meanwhile"][-1][1], "ms")
