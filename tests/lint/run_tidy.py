#!/usr/bin/env python3
"""clang-tidy 14 over the sources of a build, with the tree's .clang-tidy.

  run_tidy.py --build build/dev [--jobs N] [FILE...]      FILE: path from the root of the tree

Without FILE: everything but the tests, whose QtTest macros it does not understand.
g++'s precompiled headers mean nothing to clang, so the compile commands are copied without them.
"""
import argparse
import concurrent.futures
import json
import pathlib
import re
import subprocess
import sys

from lint_support import REPOSITORY

PROGRAM = "clang-tidy-14"
GCC_ONLY = re.compile(r" -fpch-preprocess| -Winvalid-pch| -include \S*cmake_pch\.hxx| -Werror")


def clang_commands(build: pathlib.Path) -> dict[str, dict]:
    """Path from the root of the tree -> compile command for clang."""
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["file"])
        if build in path.parents or REPOSITORY not in path.parents:
            continue
        entry["command"] = GCC_ONLY.sub("", entry["command"])
        commands.setdefault(path.relative_to(REPOSITORY).as_posix(), entry)
    return commands


def tidy(folder: pathlib.Path, name: str) -> str:
    """The complaints about one source; empty when there are none."""
    result = subprocess.run([PROGRAM, "--quiet", "-p", str(folder), str(REPOSITORY / name)],
                            capture_output=True, text=True)
    return result.stdout if result.returncode else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    commands = clang_commands(arguments.build.resolve())
    folder = arguments.build.resolve() / "tidy"
    folder.mkdir(exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps(list(commands.values())))
    names = arguments.files or [name for name in sorted(commands) if not name.startswith("tests/")]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for name, complaints in zip(names, pool.map(lambda name: tidy(folder, name), names)):
            if complaints:
                bad += 1
                print(f"== {name}\n{complaints}", flush=True)
    print(f"{len(names)} sources, {bad} with findings")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
