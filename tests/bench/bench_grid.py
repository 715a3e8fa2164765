"""What is measured: grids of ours and of the real Tahoe-LAFS behind one face, and how."""
from __future__ import annotations

import argparse
import contextlib
import dataclasses
import pathlib
import random
import shutil
import subprocess
import time
from collections.abc import Iterator

from bench_report import Report
from processes import Process
from tarn_grid import Programs, StorageServer, TarnGrid, servers_yaml
from web_api import WebApi

GB = 1e9
NEEDED, TOTAL = 3, 10
EXPANSION = TOTAL / NEEDED


@dataclasses.dataclass
class Run:
    """One run of the benchmark, handed to each of its parts."""
    options: argparse.Namespace
    report: Report
    folder: pathlib.Path          # ours, removed at the end
    floor: dict[str, float] = dataclasses.field(default_factory=dict)  # bench_floor.measure()

    @property
    def programs(self) -> Programs:
        return Programs(self.options.build / "bin")

    def has_space(self, wanted: float, what: str) -> bool:
        """Whether the disk takes `wanted` bytes and keeps 2 GB; if not, notes that `what` is missing."""
        free = shutil.disk_usage(self.folder).free
        if free < wanted + 2 * GB:
            self.report.note(f"no {what}: it takes {wanted / GB:.1f} GB of disk, {free / GB:.1f} GB are free")
        return free >= wanted + 2 * GB


class Grid:
    """Servers (TarnGrid's or Tahoe's, with .process, .shares and nurl()) and a gateway."""

    def __init__(self, name: str, web: WebApi, gateway: Process, servers: list, folder: pathlib.Path) -> None:
        """folder: for files, ours."""
        self.name = name
        self.web = web
        self.gateway = gateway
        self.servers = servers
        self.folder = folder

    def cpu(self) -> tuple[float, float]:
        """CPU seconds so far: of the gateway, of all processes."""
        own = self.gateway.cpu_seconds()
        return own, own + sum(server.process.cpu_seconds() for server in self.servers)

    def curl(self, *arguments: str | pathlib.Path) -> str:
        return subprocess.run(["curl", "--silent", "--show-error", "--fail", "--noproxy", "*",
                               "-H", "Expect:", *map(str, arguments)],
                              check=True, capture_output=True, text=True).stdout.strip()

    def put(self, file: pathlib.Path) -> str:
        return self.curl("-T", file, self.web.url + "/uri")

    def get(self, cap: str, to: pathlib.Path | str = "/dev/null", *more: str) -> None:
        self.curl("-o", to, *more, self.web.url + self.web.path_of(cap))

    def require_same(self, cap: str, file: pathlib.Path) -> None:
        copy = self.folder / "copy"
        self.get(cap, copy)
        if file.read_bytes() != copy.read_bytes():
            raise RuntimeError(f"{self.name}: a file came back changed")
        copy.unlink()


class Timed:
    """Wall and CPU seconds of a block: .wall, .client (the gateway's), .all (all processes')."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid

    def __enter__(self) -> Timed:
        self._begin = time.monotonic(), *self._grid.cpu()
        return self

    def __exit__(self, *_) -> None:
        end = time.monotonic(), *self._grid.cpu()
        self.wall, self.client, self.all = (b - a for a, b in zip(self._begin, end))


def noise(path: pathlib.Path, size: int, seed: int) -> pathlib.Path:
    """A file that nothing can compress; the same for the same seed."""
    source = random.Random(seed)
    with open(path, "wb") as file:
        for begin in range(0, size, 10_000_000):
            file.write(source.randbytes(min(10_000_000, size - begin)))
    return path


@contextlib.contextmanager
def fresh_folder(run: Run, name: str) -> Iterator[pathlib.Path]:
    """Made for the block, removed after it: disks are small."""
    folder = run.folder / name
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settle(process: Process) -> None:
    """Until all its threads sleep: what it makes ahead at its start (RSA keys) is no transfer's cost.
    Its CPU time would not tell: that thread runs only when nobody else wants to."""
    asleep, limit = 0, time.monotonic() + 120
    while asleep < 10 and time.monotonic() < limit:
        asleep = asleep + 1 if set(process.thread_states()) == {"S"} else 0
        time.sleep(0.05)


@contextlib.contextmanager
def open_tarn(run: Run, name: str = "tarn", *, servers: int = TOTAL, gateway: dict | None = None,
              server: dict | None = None) -> Iterator[Grid]:
    """gateway, server: as TarnGrid takes them."""
    with fresh_folder(run, name) as folder, \
            TarnGrid(run.programs, folder, servers=servers, gateway=gateway, server=server) as daemons:
        settle(daemons.gateway.process)
        yield Grid("tarn", daemons.gateway.web, daemons.gateway.process, daemons.servers, folder)


@contextlib.contextmanager
def open_tahoe(run: Run, name: str = "tahoe", *, server: dict | None = None) -> Iterator[Grid]:
    """server: keyword arguments of each storage TahoeNode."""
    from tahoe_grid import TahoeNode, start_all
    nodes: list[TahoeNode] = []
    with fresh_folder(run, name) as folder:
        try:
            for i in range(TOTAL):
                nodes.append(TahoeNode(folder / f"t{i}", storage=True, **(server or {})))
            start_all(nodes)
            gate = TahoeNode(folder / "client", storage=False,
                             servers=servers_yaml(node.announcement() for node in nodes))
            nodes.append(gate)
            gate.start(servers=TOTAL)
            yield Grid("tahoe", gate.web, gate.process, nodes[:TOTAL], folder)
        finally:
            for node in nodes:
                node.kill()


def has_tahoe() -> bool:
    """Whether this python is the one of the venv with the real Tahoe-LAFS."""
    with contextlib.suppress(ImportError):
        import allmydata  # noqa: F401
        return True
    return False


@contextlib.contextmanager
def single_server(run: Run, name: str, **options) -> Iterator[StorageServer]:
    """A storage server that nobody has used. options: as StorageServer takes them."""
    with fresh_folder(run, name) as folder:
        server = StorageServer(run.programs, folder, nickname=name, **options)
        try:
            server.start()
            yield server
        finally:
            server.kill()
