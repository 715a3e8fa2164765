"""Files there and back through the web API: large ones, small ones, ranges, checks, many at once."""
from __future__ import annotations

import asyncio
import hashlib
import http.client
import os
import random
import resource
import shutil
import statistics
import time
import urllib.parse

import bench_floor
from bench_grid import GB, Grid, Run, Timed, noise

SMALL_FILE = 10_000
AT_ONCE = 1000
MEGABYTE = 1_000_000


def large_files(grid: Grid, run: Run) -> None:
    """Each round a new file, up and down. The first one is compared and not counted."""
    size = run.options.megabytes * MEGABYTE
    os.sync()  # what was written before is not ours to pay
    rate = bench_floor.disk_rate(grid.folder)
    run.report.add("machine", f"fsynced sequential write, beside {grid.name}", rate, "MB/s")
    sums = {"upload": [0.0, 0.0, 0.0], "download": [0.0, 0.0, 0.0]}
    for number in range(run.options.rounds + 1):
        file = noise(grid.folder / "large", size, number)
        with Timed(grid) as put:
            cap = grid.put(file)
        with Timed(grid) as get:
            grid.get(cap)
        if number == 0:
            grid.require_same(cap, file)
            continue
        for name, timed in (("upload", put), ("download", get)):
            sums[name] = [a + b for a, b in zip(sums[name], (timed.wall, timed.client, timed.all))]
    moved = run.options.rounds * size
    disk = rate * 3 / 10  # what a disk takes of plaintext when every share goes to it
    for name, (wall, client, everybody) in sums.items():
        run.report.add(grid.name, f"{name}: client CPU", client * GB / moved, "s/GB", run.floor.get(name))
        run.report.add(grid.name, f"{name}: CPU of all processes", everybody * GB / moved, "s/GB")
        up = name == "upload"
        run.report.add(grid.name, f"{name}: one file of {run.options.megabytes} MB", moved / wall / 1e6,
                       "MB/s", disk if up else None, min(200, 0.8 * disk) if up else None)


def small_files(grid: Grid, run: Run) -> None:
    """8 at a time over kept connections; curl does not wait for one before the next."""
    count = run.options.small_files
    sources, answers, config = (grid.folder / name for name in ("small", "caps", "curl.cfg"))
    sources.mkdir()
    answers.mkdir()
    config.write_text("\nnext\n".join(
        f'upload-file = "{noise(sources / str(i), SMALL_FILE, 1000 + i)}"\n'
        f'url = "{grid.web.url}/uri"\noutput = "{answers / str(i)}"' for i in range(count)))
    with Timed(grid) as put:
        grid.curl("-Z", "--parallel-max", "8", "-K", config)
    caps = [(answers / str(i)).read_text().strip() for i in range(count)]
    config.write_text("\nnext\n".join(
        f'url = "{grid.web.url}{grid.web.path_of(cap)}"\noutput = "{sources / f"{i}.back"}"'
        for i, cap in enumerate(caps)))
    with Timed(grid) as get:
        grid.curl("-Z", "--parallel-max", "8", "-K", config)
    for i in range(count):
        if (sources / str(i)).read_bytes() != (sources / f"{i}.back").read_bytes():
            raise RuntimeError(f"{grid.name}: a small file came back changed")
    for name, timed in (("PUT", put), ("GET", get)):
        run.report.add(grid.name, f"10 kB files: {name}", count / timed.wall, "/s")
        run.report.add(grid.name, f"10 kB files: {name}, CPU of all processes", 1e3 * timed.all / count, "ms")
    for path in (sources, answers):
        shutil.rmtree(path)


def first_byte(grid: Grid, run: Run, cap: str, size: int) -> None:
    """Of ranges of 64 kB anywhere in a large file, each on a connection of its own."""
    source, seconds = random.Random(1), []
    url = urllib.parse.urlsplit(grid.web.url)
    for _ in range(run.options.ranges):
        begin = source.randrange(size - 65536)
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=120)
        start = time.monotonic()
        connection.request("GET", grid.web.path_of(cap),
                           headers={"Range": f"bytes={begin}-{begin + 65535}"})
        answer = connection.getresponse()
        if answer.status != 206 or not answer.read(1):
            raise RuntimeError(f"{grid.name}: a range was answered with {answer.status}")
        seconds.append(time.monotonic() - start)
        answer.read()
        connection.close()
    for which, value in (("median", statistics.median(seconds)), ("worst", max(seconds))):
        run.report.add(grid.name, f"range in the big file: first byte, {which}", 1e3 * value, "ms")


def verify(grid: Grid, run: Run) -> None:
    """All ten shares of a file read and checked."""
    size = run.options.megabytes * MEGABYTE
    cap = grid.put(noise(grid.folder / "verified", size, 77))
    with Timed(grid) as check:
        answer = grid.web.check(cap, verify=True)
    if not answer["results"]["healthy"]:
        raise RuntimeError(f"{grid.name}: a fresh file is not healthy")
    run.report.add(grid.name, f"verify of {run.options.megabytes} MB", check.wall, "s")
    run.report.add(grid.name, "verify: client CPU", check.client * GB / size, "s/GB", run.floor.get("verify"))


async def _download(host: str, port: int, path: str) -> str:
    """\return the SHA-256 of the body of a complete answer; the empty text: it was refused or cut."""
    try:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        left = next(int(line.split(":")[1]) for line in head.lower().split("\r\n")
                    if line.startswith("content-length:"))
        body = hashlib.sha256()
        while left > 0 and (piece := await reader.read(min(left, 1 << 16))):
            body.update(piece)
            left -= len(piece)
        writer.close()
        return "" if left or " 200 " not in head.split("\r\n")[0] else body.hexdigest()
    except (OSError, asyncio.IncompleteReadError, StopIteration):
        return ""


def at_once(grid: Grid, run: Run) -> None:
    """AT_ONCE downloads of 1 MB, all begun together. Tahoe-LAFS takes minutes for them."""
    if grid.name == "tahoe" and run.options.quick:
        return
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    files = [noise(grid.folder / f"each{i}", MEGABYTE, 500 + i) for i in range(20)]
    caps = [grid.put(file) for file in files]
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    url = urllib.parse.urlsplit(grid.web.url)

    async def everything() -> list[str]:
        return await asyncio.gather(*(_download(url.hostname, url.port, grid.web.path_of(caps[i % len(caps)]))
                                      for i in range(AT_ONCE)))
    grid.gateway.reset_peak_memory()
    with Timed(grid) as timed:
        answers = asyncio.run(everything())
    good = sum(answer == digests[i % len(digests)] for i, answer in enumerate(answers))
    if any(answer and answer != digests[i % len(digests)] for i, answer in enumerate(answers)):
        raise RuntimeError(f"{grid.name}: a download gave wrong bytes")
    name = f"{AT_ONCE} downloads of 1 MB at once"
    run.report.add(grid.name, f"{name}: whole and right", good, "")
    run.report.add(grid.name, f"{name}: all done after", timed.wall, "s")
    run.report.add(grid.name, f"{name}: peak memory, gateway", grid.gateway.peak_memory_bytes() / 1e6, "MB")
