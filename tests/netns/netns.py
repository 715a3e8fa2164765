"""What the tests of this folder share: where things are, and how one runs as a ctest test."""
from __future__ import annotations

import os
import pathlib
import random
import sys
from collections.abc import Callable

import work_folders
from processes import SKIPPED, required
from tarn_grid import Programs

PROGRAMS = Programs(os.environ.get("TARN_PROGRAMS", "."))
WORK = pathlib.Path(os.environ.get("TARN_WORK", "."))


def data_of(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def fresh_folder(name: str) -> pathlib.Path:
    """Removed at the end where all tests of the run pass."""
    return work_folders.fresh_folder(WORK / name)


def run(unavailable: Callable[[], str | None]) -> None:
    """Runs the tests of the main module; unavailable: why this machine cannot, or None."""
    reason = unavailable()
    if reason:
        print(reason)
        sys.exit(1 if required("netns") else SKIPPED)
    work_folders.run_tests()
