#!/usr/bin/env python3
"""Runs one interop test module with the venv's python.

  run.py --venv build/tahoe-venv --programs build/dev/bin --work build/dev/interop MODULE[.Class[.test]]

Logs and node directories are in WORK/MODULE, and stay there where a test fails. Exit 77 without a venv, 1 where
TARN_REQUIRE contains interop.
"""
import argparse
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
SUPPORT = HERE.parent / "support"
sys.path.insert(0, str(SUPPORT))
from make_venv import is_made  # noqa: E402
from processes import SKIPPED, required  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", type=pathlib.Path, required=True)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("test")
    arguments = parser.parse_args()
    if not is_made(arguments.venv):
        print("no venv with the real Tahoe-LAFS (see make_venv.py)")
        return 1 if required("interop") else SKIPPED
    work = arguments.work.resolve() / arguments.test.split(".")[0]
    os.environ.update(
        TARN_PROGRAMS=str(arguments.programs.resolve()), TARN_WORK=str(work),
        PYTHONDONTWRITEBYTECODE="1", PYTHONPATH=os.pathsep.join([str(HERE), str(SUPPORT)]))
    python = str(arguments.venv.resolve() / "bin" / "python")
    os.execv(python, [python, "-W", "ignore", str(HERE / "run_module.py"), arguments.test])


if __name__ == "__main__":
    sys.exit(main())
