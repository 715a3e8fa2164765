"""Folders that tests work in: empty at the start of a run, gone after one that passed, kept and named after one
that failed."""
from __future__ import annotations

import pathlib
import shutil
import sys
import unittest
from typing import NoReturn

_made: list[pathlib.Path] = []


def fresh_folder(path: pathlib.Path) -> pathlib.Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    _made.append(path)
    return path


def passes(**options) -> bool:
    """Runs tests as unittest.main(**options) does. No test at all is no success."""
    result = unittest.main(exit=False, verbosity=2, **options).result
    return result.wasSuccessful() and bool(result.testsRun or result.skipped)


def remove() -> None:
    """All of them. One that cannot go (something is mounted there, or a program still writes) is an error."""
    while _made:
        folder = _made.pop()
        if folder.exists():
            shutil.rmtree(folder)


def leave(passed: bool) -> NoReturn:
    """Exits; only where all passed do the folders go."""
    if passed:
        remove()
        sys.exit(0)
    for folder in _made:
        print(f"kept: {folder}", file=sys.stderr)
    sys.exit(1)


def run_tests(**options) -> NoReturn:
    leave(passes(**options))
