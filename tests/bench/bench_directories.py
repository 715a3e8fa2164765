"""Directories through the web API and the command line."""
from __future__ import annotations

import json
import pathlib
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from bench_grid import Grid, Run
from bench_mutable import rate
from bench_web import WebClient

MANY = 10_000
CHILD_SIZE = 1_000
COPIED_SIZE = 10_000


def noise_bytes(seed: int = 0, size: int = CHILD_SIZE) -> bytes:
    return random.Random(seed).randbytes(size)


def _median_ms(count: int, work: Callable[[int], object]) -> float:
    seconds = []
    for number in range(count):
        begin = time.monotonic()
        work(number)
        seconds.append(time.monotonic() - begin)
    return 1e3 * statistics.median(seconds)


def new_folders(grid: Grid, run: Run) -> None:
    web = WebClient(grid)
    time.sleep(run.options.key_pool)
    burst = 48 if grid.name == "tarn" else 16
    run.report.add(grid.name, "mkdir", rate(burst, lambda _: web.post("/uri?t=mkdir")), "/s")
    if grid.name == "tarn":
        rate(80, lambda _: web.post("/uri?t=mkdir"))  # no key is left
        keys = run.floor.get("RSA keys")
        run.report.add("tarn", "mkdir without end", rate(run.options.folders, lambda _: web.post("/uri?t=mkdir")),
                       "/s", keys, 0.8 * keys if keys else None)


def _children(web: WebClient, count: int) -> bytes:
    """For t=mkdir-with-children: one file under many names."""
    cap = web.put("/uri", noise_bytes()).decode()
    return json.dumps({f"a name of some length {i}.txt": ["filenode", {"ro_uri": cap, "metadata": {}}]
                       for i in range(count)}).encode()


def listings(grid: Grid, run: Run) -> None:
    """Small and large directories read and given one more child."""
    web = WebClient(grid)
    for count in (100, MANY):
        cap = web.post("/uri?t=mkdir-with-children", _children(web, count)).decode()
        rounds = 3 if grid.name == "tahoe" and count == MANY else 10

        def see(_: int) -> None:
            found = json.loads(web.get(web.path(cap) + "?t=json"))[1]["children"]
            if len(found) < count:
                raise RuntimeError(f"{grid.name}: {len(found)} of {count} children are listed")
        run.report.add(grid.name, f"directory of {count} children: listed", _median_ms(rounds, see), "ms")
        child = web.put("/uri", noise_bytes(1))
        run.report.add(grid.name, f"directory of {count} children: one added", _median_ms(
            rounds, lambda i: web.put(web.path(cap, f"new{i}") + "?t=uri", child)), "ms")


def deep_check(grid: Grid, run: Run) -> None:
    count = run.options.tree_files
    web = WebClient(grid)
    caps: dict[int, str] = {}

    def upload(number: int) -> None:
        caps[number] = web.put("/uri", noise_bytes(100 + number)).decode()
    rate(count, upload)
    cap = web.post("/uri?t=mkdir-with-children", json.dumps(
        {str(i): ["filenode", {"ro_uri": caps[i], "metadata": {}}] for i in range(count)}).encode()).decode()
    begin = time.monotonic()
    lines = web.post(web.path(cap) + "?t=stream-deep-check").splitlines()
    seconds = time.monotonic() - begin
    healthy = sum(json.loads(line).get("check-results", {}).get("results", {}).get("healthy", False)
                  for line in lines[:-1])
    if healthy != count + 1:
        raise RuntimeError(f"{grid.name}: {healthy} of {count + 1} fresh objects are healthy")
    run.report.add(grid.name, f"deep-check of {count} files", seconds, "s")


def copied(grid: Grid, run: Run) -> None:
    """The command line's `cp -r`, ours or Tahoe's, to the grid and back."""
    count = run.options.tree_files
    tree, state, back = (grid.folder / name for name in ("tree", "command", "back"))
    for i in range(count):
        file = tree / str(i // 100) / str(i)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(noise_bytes(i, COPIED_SIZE))
    (state / "private").mkdir(parents=True, mode=0o700)
    (state / "node.url").write_text(grid.web.url + "\n")
    program = run.programs.tarn if grid.name == "tarn" else pathlib.Path(sys.executable).parent / "tahoe"

    def command(*words: str | pathlib.Path) -> float:
        begin = time.monotonic()
        subprocess.run([program, "-d", state, *words], check=True, capture_output=True)
        return time.monotonic() - begin
    command("create-alias", "bench")
    run.report.add(grid.name, f"cp -r of {count} files of 10 kB to the grid", command("cp", "-r", tree, "bench:"), "s")
    run.report.add(grid.name, f"cp -r of {count} files of 10 kB back", command("cp", "-r", "bench:tree", back), "s")
    found = {file.name: file.read_bytes() for file in back.rglob("*") if file.is_file()}
    if found != {str(i): noise_bytes(i, COPIED_SIZE) for i in range(count)}:
        raise RuntimeError(f"{grid.name}: {len(found)} of {count} files came back, or changed")
