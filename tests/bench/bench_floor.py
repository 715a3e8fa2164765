"""What this machine can do at best: the primitives of a transfer, its disk, its syncs. The floor of
a figure is made of these."""
from __future__ import annotations

import json
import os
import pathlib
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from bench_grid import EXPANSION, GB, TOTAL, Run

# Programs of the build that print JSON lines.
PROGRAMS = ["bench_primitives", "bench_erasure", "bench_transport", "bench_pipeline"]
BEST_GROUPED = "durable shares: best grouped policy, in buckets"
OURS_DURABLE = "durable shares of 10 kB: the store"


def _lines(program: pathlib.Path, *arguments: pathlib.Path) -> list[dict]:
    output = subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def _primitives(run: Run) -> tuple[dict[str, float], dict[str, float]]:
    """CPU seconds per GB, and calls per CPU second, of each primitive."""
    per_gb, per_second = {}, {}
    for program in PROGRAMS:
        for line in _lines(run.options.build / "bin" / program):
            name = line.get("bench") or line["name"]
            if "bytes_per_s" in line:
                per_gb[name] = GB / line["bytes_per_s"]
            elif "cpu_s_per_gb" in line:
                per_gb[name] = line["cpu_s_per_gb"]
            elif "per_cpu_s" in line:
                per_second[name] = line["per_cpu_s"]
    return per_gb, per_second


def _best(seconds: dict[str, float], prefix: str) -> float:
    return min(value for name, value in seconds.items() if name.startswith(prefix))


def _floors(per_gb: dict[str, float], per_second: dict[str, float]) -> dict[str, float]:
    """Client CPU seconds per GB of plaintext: the sum of what has to be done at least once. Keys: per
    second of one core."""
    many = _best(per_gb, "block_hashes")
    stream, aes = per_gb["sha256_one_stream"], per_gb["aes_128_ctr"]
    one_end = per_gb["TLS over TCP stream"] / 2
    return {
        # Convergence key and flat hash are serial; segment hash and the blocks of all shares are not.
        "upload": 2 * stream + aes + many * (1 + EXPANSION) + per_gb["erasure_encode_3_of_10"]
        + EXPANSION * one_end,
        "download": aes + 2 * many + per_gb["erasure_decode_3_parity"] + one_end,
        "verify": EXPANSION * (one_end + many),
        # Of all processes: both ends of what is sent.
        "MDMF": aes + EXPANSION * many + per_gb["erasure_encode_3_of_10"] + 2 * EXPANSION * one_end,
        "RSA keys": per_second["rsa_2048_keys"],
    }


def disk_rate(folder: pathlib.Path, megabytes: int = 340) -> float:
    """MB/s of one file written in pieces of 1 MiB and synced."""
    piece, path = os.urandom(1 << 20), folder / "disk-rate"
    begin = time.monotonic()
    with open(path, "wb", buffering=0) as file:
        for _ in range(megabytes):
            file.write(piece)
        os.fsync(file.fileno())
    seconds = time.monotonic() - begin
    path.unlink()
    return megabytes * (1 << 20) / 1e6 / seconds


def _write_and_sync(path: pathlib.Path, size: int) -> None:
    piece = os.urandom(1 << 20)
    with open(path, "wb", buffering=0) as file:
        for begin in range(0, size, len(piece)):
            file.write(piece[:size - begin])
        os.fsync(file.fileno())
    path.unlink()


def spread_write(folder: pathlib.Path, size: int) -> float:
    """Seconds for `size` bytes in as many files as a file has shares, all at once, each synced."""
    begin = time.monotonic()
    with ThreadPoolExecutor(TOTAL) as pool:
        list(pool.map(lambda i: _write_and_sync(folder / f"spread-{i}", size // TOTAL), range(TOTAL)))
    return time.monotonic() - begin


def large_slot(run: Run, folder: pathlib.Path, size: int) -> float:
    """Seconds in which no MDMF file of `size` bytes can be made: its shares on the disk, and where
    the primitives were measured, their CPU time on all CPUs, whichever is more."""
    cpu = run.floor.get("MDMF", 0) * size / GB / (os.cpu_count() or 1)
    return max(spread_write(folder, int(EXPANSION * size)), cpu)


def measure(run: Run) -> None:
    """Fills run.floor."""
    per_gb, per_second = _primitives(run)
    for name, value in per_gb.items():
        run.report.add("machine", name, value, "CPU s/GB")
    for name, value in per_second.items():
        run.report.add("machine", name, value, "/CPU s")
    run.floor = _floors(per_gb, per_second)


def durable(run: Run) -> None:
    """Durable shares per second by policy, as bench_durable tells them."""
    program = run.options.build / "bin" / "bench_durable"
    if not program.exists():
        run.report.note("no durable shares: the build has no bench_durable")
        return
    rates = {line["name"]: line["per_s"] for line in _lines(program, run.folder)}
    for name, rate in rates.items():
        if name == OURS_DURABLE:
            run.report.add("tarn", name, rate, "/s", rates[BEST_GROUPED], 0.8 * rates[BEST_GROUPED])
        else:
            run.report.add("machine", name, rate, "/s")
