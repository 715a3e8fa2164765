#!/usr/bin/env python3
"""Speed and memory of the built daemons, beside the floor of this machine and the real Tahoe-LAFS.

  run_bench.py --build build/release --out build/bench [--megabytes 100] [--rounds 5] [--idle 30]
               [--big-gigabytes 2] [--only primitives,tarn,tahoe]

Everything is measured in one run, because only ratios mean something. Appends one JSON line per
figure to OUT/results.jsonl and prints a table with floors and budgets (design.md section 10). The
real Tahoe-LAFS is measured when this runs with the python of its venv (tests/interop/make_venv.py).
"""
from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parent / "interop")]
from bench_report import Report  # noqa: E402
from tarn_grid import Programs, TarnGrid, servers_yaml  # noqa: E402
from web_api import WebApi  # noqa: E402

GB = 1e9
NEEDED, TOTAL = 3, 10
EXPANSION = TOTAL / NEEDED
SMALL_FILE = 10_000


# The floor ---------------------------------------------------------------------------------------

def primitives(build: pathlib.Path) -> dict[str, float]:
    """CPU seconds per GB of each primitive, by the programs bench_* of the build."""
    seconds = {}
    for program in sorted((build / "bin").glob("bench_*")):
        output = subprocess.run([program], check=True, capture_output=True, text=True).stdout
        for line in output.splitlines():
            result = json.loads(line)
            if "bytes_per_s" in result:
                seconds[result["name"]] = GB / result["bytes_per_s"]
            elif "cpu_s_per_gb" in result:
                seconds[result.get("bench") or result["name"]] = result["cpu_s_per_gb"]
    return seconds


def best(seconds: dict[str, float], prefix: str) -> float:
    return min(value for name, value in seconds.items() if name.startswith(prefix))


def floors(seconds: dict[str, float]) -> dict[str, float]:
    """Client CPU seconds per GB of plaintext, the sum of what has to be done at least once."""
    many = best(seconds, "block_hashes")
    stream, aes = seconds["sha256_one_stream"], seconds["aes_128_ctr"]
    one_end = seconds["TLS over TCP stream"] / 2
    return {
        # Convergence key and flat hash are serial; segment hash and the blocks of all shares are not.
        "upload": 2 * stream + aes + many * (1 + EXPANSION) + seconds["erasure_encode_3_of_10"]
        + EXPANSION * one_end,
        "download": aes + 2 * many + seconds["erasure_decode_3_parity"] + one_end,
    }


# Work ---------------------------------------------------------------------------------------------

class Grid:
    """What is measured: a web API and the processes behind it."""

    def __init__(self, name: str, web: WebApi, gateway, servers: list) -> None:
        self.name = name
        self.web = web
        self.gateway = gateway
        self.servers = servers

    def cpu(self) -> tuple[float, float]:
        """CPU seconds so far: of the gateway, of all processes."""
        own = self.gateway.cpu_seconds()
        return own, own + sum(server.cpu_seconds() for server in self.servers)


def curl(*arguments: str | pathlib.Path) -> str:
    return subprocess.run(["curl", "--silent", "--show-error", "--fail", "--noproxy", "*",
                           "-H", "Expect:", *map(str, arguments)],
                          check=True, capture_output=True, text=True).stdout.strip()


class Timed:
    """Wall and CPU seconds of a block."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid

    def __enter__(self) -> Timed:
        self._begin = time.monotonic(), *self._grid.cpu()
        return self

    def __exit__(self, *_) -> None:
        end = time.monotonic(), *self._grid.cpu()
        self.wall, self.client, self.all = (b - a for a, b in zip(self._begin, end))


def noise(path: pathlib.Path, size: int, seed: int) -> pathlib.Path:
    path.write_bytes(random.Random(seed).randbytes(size))
    return path


def large_files(grid: Grid, report: Report, folder: pathlib.Path, megabytes: int, rounds: int,
                floor: dict[str, float]) -> None:
    size = megabytes * 1_000_000
    sums = {"upload": [0.0, 0.0, 0.0], "download": [0.0, 0.0, 0.0]}
    for number in range(rounds):
        file = noise(folder / "large", size, number)
        with Timed(grid) as put:
            cap = curl("-T", file, grid.web.url + "/uri")
        with Timed(grid) as get:
            curl("-o", folder / "copy", grid.web.url + grid.web.path_of(cap))
        if file.read_bytes() != (folder / "copy").read_bytes():
            raise RuntimeError(f"{grid.name}: the file came back changed")
        for name, timed in (("upload", put), ("download", get)):
            sums[name] = [a + b for a, b in zip(sums[name], (timed.wall, timed.client, timed.all))]
    moved = rounds * size
    for name, (wall, client, everybody) in sums.items():
        report.add(grid.name, f"{name}: client CPU", client * GB / moved, "s/GB", floor.get(name))
        report.add(grid.name, f"{name}: CPU of all processes", everybody * GB / moved, "s/GB")
        report.add(grid.name, f"{name}: speed, one file of {megabytes} MB", moved / wall / 1e6, "MB/s")


def small_files(grid: Grid, report: Report, folder: pathlib.Path, count: int) -> None:
    """8 at a time over kept connections; curl does not wait for one before the next."""
    sources, answers = folder / "small", folder / "caps"
    sources.mkdir()
    answers.mkdir()
    config = folder / "curl.cfg"
    config.write_text("\nnext\n".join(
        f'upload-file = "{noise(sources / str(i), SMALL_FILE, 1000 + i)}"\n'
        f'url = "{grid.web.url}/uri"\noutput = "{answers / str(i)}"' for i in range(count)))
    with Timed(grid) as put:
        curl("-Z", "--parallel-max", "8", "-K", config)
    report.add(grid.name, "10 kB files: PUT", count / put.wall, "/s")
    caps = [(answers / str(i)).read_text().strip() for i in range(count)]
    config.write_text("\nnext\n".join(
        f'url = "{grid.web.url}{grid.web.path_of(cap)}"\noutput = "{sources / f"{i}.back"}"'
        for i, cap in enumerate(caps)))
    with Timed(grid) as get:
        curl("-Z", "--parallel-max", "8", "-K", config)
    report.add(grid.name, "10 kB files: GET", count / get.wall, "/s")
    for i in range(count):
        if (sources / str(i)).read_bytes() != (sources / f"{i}.back").read_bytes():
            raise RuntimeError(f"{grid.name}: a small file came back changed")
    for path in (sources, answers):
        shutil.rmtree(path)


def big_file(grid: Grid, folder: pathlib.Path, gigabytes: int) -> None:
    """One file there and back, for what it does to memory."""
    path, source = folder / "big", random.Random(gigabytes)
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        for _ in range(gigabytes * 100):
            piece = source.randbytes(10_000_000)
            digest.update(piece)
            file.write(piece)
    cap = curl("-T", path, grid.web.url + "/uri")
    path.unlink()
    with subprocess.Popen(["curl", "--silent", "--fail", "--noproxy", "*",
                           grid.web.url + grid.web.path_of(cap)], stdout=subprocess.PIPE) as get:
        back = hashlib.sha256()
        while piece := get.stdout.read(1_000_000):
            back.update(piece)
    if get.returncode != 0 or back.digest() != digest.digest():
        raise RuntimeError(f"{grid.name}: the big file came back changed")


def memory(grid: Grid, report: Report, gigabytes: int) -> None:
    """Peaks so far, and what the biggest file was."""
    report.add(grid.name, "biggest file so far", gigabytes, "GB")
    report.add(grid.name, "peak memory: gateway", grid.gateway.peak_memory_bytes() / 1e6, "MB")
    report.add(grid.name, "peak memory: largest server",
               max(server.peak_memory_bytes() for server in grid.servers) / 1e6, "MB")


def idle(grid: Grid, report: Report, seconds: int) -> None:
    time.sleep(2)  # let what the last request left behind come to an end
    with Timed(grid) as nothing:
        time.sleep(seconds)
    report.add(grid.name, f"idle CPU, {len(grid.servers)} servers and a gateway",
               100 * nothing.all / nothing.wall, "% of a core")


def measure(grid: Grid, report: Report, folder: pathlib.Path, options, floor: dict[str, float]) -> None:
    large_files(grid, report, folder, options.megabytes, options.rounds, floor)
    small_files(grid, report, folder, options.small_files)
    if options.big_gigabytes:
        big_file(grid, folder, options.big_gigabytes)
    memory(grid, report, options.big_gigabytes or options.megabytes / 1000)
    idle(grid, report, options.idle)


# Grids --------------------------------------------------------------------------------------------

def measure_tarn(report: Report, folder: pathlib.Path, options, floor: dict[str, float]) -> None:
    with TarnGrid(Programs(options.build / "bin"), folder / "tarn") as grid:
        measure(Grid("tarn", grid.gateway.web, grid.gateway.process,
                     [server.process for server in grid.servers]), report, folder, options, floor)


def measure_tahoe(report: Report, folder: pathlib.Path, options) -> None:
    from tahoe_grid import TahoeNode, start_all
    servers = [TahoeNode(folder / f"t{i}", storage=True) for i in range(TOTAL)]
    client = None
    try:
        start_all(servers)
        client = TahoeNode(folder / "client", storage=False,
                           servers=servers_yaml(server.announcement() for server in servers))
        client.start(servers=TOTAL)
        measure(Grid("tahoe", client.web, client.process, [server.process for server in servers]),
                report, folder, options, {})
    finally:
        for node in [*([client] if client else []), *servers]:
            node.kill()


def has_tahoe() -> bool:
    with contextlib.suppress(ImportError):
        import allmydata  # noqa: F401
        return True
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--small-files", type=int, default=400)
    parser.add_argument("--big-gigabytes", type=int, default=2,
                        help="for the peak of memory; needs 6 times as much disk; 0: none")
    parser.add_argument("--idle", type=int, default=30)
    parser.add_argument("--only", default="primitives,tarn,tahoe")
    options = parser.parse_args()
    only = options.only.split(",")
    report = Report(options.out)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tarn-bench-", dir=options.out))
    try:
        floor = {}
        if "primitives" in only:
            seconds = primitives(options.build)
            for name, value in seconds.items():
                report.add("primitive", name, value, "s/GB")
            floor = floors(seconds)
        if "tarn" in only:
            measure_tarn(report, folder, options, floor)
        if "tahoe" in only and has_tahoe():
            (folder / "tahoe").mkdir()
            measure_tahoe(report, folder / "tahoe", options)
        elif "tahoe" in only:
            print("no Tahoe-LAFS in this python: its column stays empty")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report.print_table()
    return 0


if __name__ == "__main__":
    sys.exit(main())
