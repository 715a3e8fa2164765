#!/usr/bin/env python3
"""Runs every libFuzzer program of a fuzz build for some seconds each, or keeps what they found.

Starts from tests/fuzz/corpus/<program>; what is found new goes to <build>/corpus/<program>, a
crashing input to <build>/crashes/<program>-*. Exit 1 when any program crashed.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

SEEDS = pathlib.Path(__file__).resolve().parent / "corpus"
# What the repository keeps for each program: it is replayed in every test run.
MOST_FILES, MOST_BYTES, MOST_FILE_BYTES = 200, 150_000, 8_000


def run_fuzzer(program: pathlib.Path, build: pathlib.Path, seconds: int) -> bool:
    found = build / "corpus" / program.name
    crashes = build / "crashes"
    found.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(exist_ok=True)
    folders = [str(found)] + [str(seeds) for seeds in [SEEDS / program.name] if seeds.is_dir()]
    command = [str(program), f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
               "-print_final_stats=1", f"-artifact_prefix={crashes}/{program.name}-", *folders]
    result = subprocess.run(command, capture_output=True, text=True)
    runs = [line for line in result.stderr.splitlines() if "number_of_executed_units" in line]
    print(f"{program.name}: {'ok' if result.returncode == 0 else 'CRASHED'}  {' '.join(runs)}")
    if result.returncode != 0:
        print(result.stderr[-4000:])
    return result.returncode == 0


def keep_found(program: pathlib.Path, build: pathlib.Path) -> bool:
    """Adds to the seeds what reaches code that they do not, the smallest inputs first."""
    seeds = SEEDS / program.name
    found = build / "corpus" / program.name
    if not found.is_dir():
        return True
    seeds.mkdir(exist_ok=True)
    kept = [file.stat().st_size for file in seeds.iterdir()]
    with tempfile.TemporaryDirectory() as folder:
        merged = pathlib.Path(folder) / "merged"
        shutil.copytree(seeds, merged)
        result = subprocess.run([str(program), "-merge=1", str(merged), str(found)],
                                capture_output=True, text=True)
        new = [file for file in merged.iterdir() if not (seeds / file.name).exists()]
        added = 0
        for file in sorted(new, key=lambda file: (file.stat().st_size, file.name)):
            size = file.stat().st_size
            if len(kept) >= MOST_FILES or sum(kept) + size > MOST_BYTES or size > MOST_FILE_BYTES:
                break
            shutil.copyfile(file, seeds / file.name)
            kept.append(size)
            added += 1
    print(f"{program.name}: {added} of {len(new)} new inputs kept; {len(kept)} files, {sum(kept)} bytes")
    return result.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", action="store_true", help="do not run: add what was found to the seeds")
    parser.add_argument("programs", nargs="*", help="default: all")
    arguments = parser.parse_args()
    programs = sorted(path for path in arguments.build.glob("tests/**/fuzz_*")
                      if path.is_file() and path.stat().st_mode & 0o111
                      and (not arguments.programs or path.name in arguments.programs))
    if not programs:
        print("no fuzz programs in", arguments.build)
        return 1
    if arguments.keep:
        results = [keep_found(program, arguments.build) for program in programs]
    else:
        results = [run_fuzzer(program, arguments.build, arguments.seconds) for program in programs]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
