"""What the tests of this folder share: where things are, and how one runs as a ctest test."""
from __future__ import annotations

import os
import pathlib
import random
import shutil
import sys
import unittest
from collections.abc import Callable

from processes import SKIPPED, required
from tarn_grid import Programs

PROGRAMS = Programs(os.environ.get("TARN_PROGRAMS", "."))
WORK = pathlib.Path(os.environ.get("TARN_WORK", "."))


def data_of(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def fresh_folder(name: str) -> pathlib.Path:
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def run(unavailable: Callable[[], str | None]) -> None:
    """Runs the tests of the main module; unavailable: why this machine cannot, or None."""
    reason = unavailable()
    if reason:
        print(reason)
        sys.exit(1 if required("netns") else SKIPPED)
    unittest.main(verbosity=2)
