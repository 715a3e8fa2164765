#!/usr/bin/env python3
"""Runs every libFuzzer program of a fuzz build for some seconds each.

Starts from tests/fuzz/corpus/<program>; what is found new goes to <build>/corpus/<program>, a
crashing input to <build>/crashes/<program>-*. Exit 1 when any program crashed.
"""
import argparse
import pathlib
import subprocess
import sys

SEEDS = pathlib.Path(__file__).resolve().parent / "corpus"


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    programs = sorted(path for path in arguments.build.glob("tests/**/fuzz_*")
                      if path.is_file() and path.stat().st_mode & 0o111)
    if not programs:
        print("no fuzz programs in", arguments.build)
        return 1
    results = [run_fuzzer(program, arguments.build, arguments.seconds) for program in programs]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
