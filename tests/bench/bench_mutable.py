"""Mutable files through the web API: small ones whole, large ones changed in the middle."""
from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import bench_floor
from bench_grid import EXPANSION, Grid, Run, noise
from bench_web import AT_ONCE, WebClient
from gbs_client import Nurl

SMALL_FILE = 10_000
MEGABYTE = 1_000_000


def rate(count: int, work: Callable[[int], object]) -> float:
    """Calls of `work` (given its number) per second, AT_ONCE at a time."""
    begin = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(work, range(count)))
    return count / (time.monotonic() - begin)


def small_slots(grid: Grid, run: Run) -> None:
    """SDMF files of 10 kB, each written by one client."""
    count = 32 if grid.name == "tarn" else 16
    web = WebClient(grid)
    bodies = [noise(grid.folder / "slot", SMALL_FILE, seed).read_bytes() for seed in (1, 2)]
    time.sleep(run.options.key_pool)  # what waits for the next mkdir is there
    caps: dict[int, str] = {}

    def create(number: int) -> None:
        caps[number] = web.put("/uri?format=SDMF", bodies[0]).decode()
    run.report.add(grid.name, "SDMF, 10 kB: create", rate(count, create), "/s")
    more = 8 if grid.name == "tarn" else 1
    run.report.add(grid.name, "SDMF, 10 kB: overwrite", rate(
        more * count, lambda i: web.put(web.path(caps[i % count]), bodies[(i // count + 1) % 2])), "/s")
    if any(web.get(web.path(cap)) not in bodies for cap in caps.values()):
        raise RuntimeError(f"{grid.name}: a mutable file came back changed")
    reads = 4 * more * count
    config = grid.folder / "curl.cfg"
    config.write_text("\n".join(f'url = "{grid.web.url}{web.path(caps[i % count])}"\noutput = "/dev/null"'
                                for i in range(reads)))
    begin = time.monotonic()
    grid.curl("-Z", "--parallel-max", str(AT_ONCE), "-K", config)
    run.report.add(grid.name, "SDMF, 10 kB: read", reads / (time.monotonic() - begin), "/s")


def bytes_sent(grid: Grid) -> int:
    """On all connections that the gateway's process holds to servers, TLS included."""
    output = subprocess.run(["ss", "-tinpHO", "state", "established"], check=True, capture_output=True,
                            text=True).stdout
    ports = {f":{Nurl.parse(server.nurl()).port}" for server in grid.servers}
    total = 0
    for line in output.splitlines():
        words = line.split()
        if f"pid={grid.gateway.pid}," in line and any(words[3].endswith(port) for port in ports):
            total += next((int(word.split(":")[1]) for word in words if word.startswith("bytes_sent:")), 0)
    return total


def median_seconds(times: int, work: Callable[[int], object]) -> float:
    """Of `times` calls of `work` (given its number)."""
    taken = []
    for number in range(times):
        begin = time.monotonic()
        work(number)
        taken.append(time.monotonic() - begin)
    return statistics.median(taken)


def _large(grid: Grid, run: Run, megabytes: int) -> None:
    size = megabytes * MEGABYTE
    name = f"MDMF, {megabytes} MB"
    times = 5 if megabytes < 50 else 3
    web = WebClient(grid)
    files = [noise(grid.folder / f"segments{seed}", size, megabytes + seed) for seed in (0, 1)]
    caps: list[str] = []
    cpu = grid.cpu()
    seconds = median_seconds(times, lambda _: caps.append(grid.curl("-T", files[0],
                                                                    grid.web.url + "/uri?format=MDMF")))
    spent = [(after - before) / times for before, after in zip(cpu, grid.cpu())]
    floor = bench_floor.large_slot(run, grid.folder, size) if grid.name == "tarn" else None
    run.report.add(grid.name, f"{name}: create", seconds, "s", floor)
    run.report.add(grid.name, f"{name}: create, CPU of the gateway", spent[0], "s")
    run.report.add(grid.name, f"{name}: create, CPU of all processes", spent[1], "s")
    cap = caps[0]
    url = f"{grid.web.url}{web.path(cap)}"
    run.report.add(grid.name, f"{name}: overwrite",
                   median_seconds(times, lambda number: grid.curl("-T", files[(number + 1) % 2], url)), "s")
    file = files[times % 2]
    run.report.add(grid.name, f"{name}: read", median_seconds(times, lambda _: grid.get(cap)), "s")
    changes = [noise(grid.folder / f"change{seed}", size // 100, seed) for seed in (3, 4)]
    offset = size // 2 + 12_345
    sent = bytes_sent(grid)
    seconds = median_seconds(times, lambda number: grid.curl("-T", changes[number % 2], f"{url}?offset={offset}"))
    run.report.add(grid.name, f"{name}: 1 % changed in the middle", seconds, "s")
    run.report.add(grid.name, f"{name}: sent for that, of what is stored",
                   100 * (bytes_sent(grid) - sent) / times / (EXPANSION * size), "%")
    with open(file, "r+b") as changed:
        changed.seek(offset)
        changed.write(changes[(times - 1) % 2].read_bytes())
    grid.require_same(cap, file)


def large_slots(grid: Grid, run: Run) -> None:
    for megabytes in (5,) if run.options.quick else (5, 100):
        _large(grid, run, megabytes)
