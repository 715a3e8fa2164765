#!/usr/bin/env python3
"""Speed and memory of the built daemons, beside the floor of this machine and the real Tahoe-LAFS.

Everything is measured in one run, because only ratios mean something. Appends one JSON line per
figure to OUT/results.jsonl, writes OUT/table.txt and OUT/*.svg. The parts, for --only:

  floor      the primitives that a transfer is made of; without it factors of the floor are missing
  durable    durable shares per second, by policy
  transfers  large files            small    10 kB files
  verify     all shares of a file   reads    1 kB at a time
  many       1,000 downloads        big      memory, and ranges, at a big file; mutable files of 33 MB
  memory     of a server: a large mutable write, idle connections
  mutable    SDMF and MDMF         folders  mkdir, listings, deep-check, cp -r
  idle       a minute of nothing    line     over 50 ms and 100 Mbit/s (root)
  servers    growth: 1 to 50 servers
  gossip     10,000 simulated nodes: rounds and traffic
  sizes      growth: files of 1 kB up to --big-gigabytes
  shares     growth: 1,000 shares in a store up to --store-shares

The real Tahoe-LAFS is measured when this runs with the python of its venv (tests/interop/make_venv.py).
"""
from __future__ import annotations

import argparse
import contextlib
import pathlib
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support"), str(HERE.parent / "interop")]
import bench_directories  # noqa: E402
import bench_floor  # noqa: E402
import bench_gossip  # noqa: E402
import bench_growth  # noqa: E402
import bench_line  # noqa: E402
import bench_memory  # noqa: E402
import bench_mutable  # noqa: E402
import bench_reads  # noqa: E402
import bench_transfers  # noqa: E402
from bench_grid import Grid, Run, has_tahoe, open_tahoe, open_tarn  # noqa: E402
from bench_report import Report  # noqa: E402


def each(*parts: Callable[[Grid, Run], None]) -> Callable[[Grid, Run], None]:
    """One after the other; one that fails does not take the others with it."""
    def run_them(grid: Grid, run: Run) -> None:
        for part in parts:
            attempt(run, f"{part.__name__} on {grid.name}", lambda: part(grid, run))
    return run_them


# In this order: what makes memory grow comes after what looks at it, idleness after all work.
ON_A_GRID: dict[str, Callable[[Grid, Run], None]] = {
    "big": each(bench_memory.big_file, bench_memory.gateway_writes),
    "transfers": bench_transfers.large_files,
    "small": bench_transfers.small_files,
    "verify": bench_transfers.verify,
    "reads": bench_reads.small_reads,
    "many": bench_transfers.at_once,
    "mutable": each(bench_mutable.small_slots, bench_mutable.large_slots),
    "folders": each(bench_directories.new_folders, bench_directories.listings, bench_directories.deep_check,
                    bench_directories.copied),
    "idle": bench_memory.idle,
}
ALONE: dict[str, Callable[[Run], None]] = {
    "durable": bench_floor.durable,
    "memory": bench_memory.server_memory,
    "line": bench_line.measure,
    "gossip": bench_gossip.measure,
    "servers": bench_growth.servers,
    "sizes": bench_growth.sizes,
    "shares": bench_growth.shares,
}
PARTS = ["floor", *ON_A_GRID, *ALONE]


def options_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--quick", action="store_true", help="smaller numbers: minutes, rougher figures")
    parser.add_argument("--no-tahoe", action="store_true", help="leave the real Tahoe-LAFS out")
    parser.add_argument("--big-gigabytes", type=float,
                        help="size of the big file; takes 4.4 times as much disk; 0: none")
    parser.add_argument("--store-shares", type=int, help="of the largest store; 10^6 take 9 GB of disk")
    options = parser.parse_args(arguments)
    quick = options.quick
    options.only = options.only.split(",")
    unknown = set(options.only) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if options.big_gigabytes is None:
        options.big_gigabytes = 0.2 if quick else 1
    options.store_shares = options.store_shares or (10_000 if quick else 100_000)
    options.megabytes = 100
    options.rounds = 2 if quick else 5
    options.small_files = 100 if quick else 400
    options.ranges = 20
    options.seconds = 1 if quick else 5  # of small reads, each kind
    options.tree_files = 100 if quick else 1000
    options.folders = 60 if quick else 200
    options.key_pool = 20  # seconds in which a gateway makes keys ahead of need
    options.idle = 10 if quick else 60
    return options


def attempt(run: Run, name: str, part: Callable[[], None]) -> None:
    """A part that fails does not take the others with it."""
    try:
        part()
    except Exception as error:
        traceback.print_exc()
        run.report.fail(f"{name} failed: {error}")


def on_grid(run: Run, opened: contextlib.AbstractContextManager[Grid]) -> None:
    with opened as grid:
        for name, part in ON_A_GRID.items():
            if name in run.options.only:
                attempt(run, f"{name} on {grid.name}", lambda: part(grid, run))


def everything(run: Run) -> None:
    only = run.options.only
    if "floor" in only:
        attempt(run, "floor", lambda: bench_floor.measure(run))
    if set(only) & set(ON_A_GRID):
        attempt(run, "a grid of ours", lambda: on_grid(run, open_tarn(run)))
        if run.options.tahoe:
            attempt(run, "a grid of Tahoe-LAFS", lambda: on_grid(run, open_tahoe(run)))
    for name, part in ALONE.items():
        if name in only:
            attempt(run, name, lambda: part(run))


def main() -> int:
    options = options_of(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    options.out.mkdir(parents=True, exist_ok=True)
    report = Report(options.out)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tarn-bench-", dir=options.out))
    run = Run(options, report, folder)
    options.tahoe = not options.no_tahoe and has_tahoe()
    if not options.tahoe:
        report.note("without the real Tahoe-LAFS" + ("" if options.no_tahoe else ": not in this python"))
    try:
        everything(run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        report.finish()
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
