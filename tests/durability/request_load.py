"""Requests without a pause while something happens to the daemon that answers them."""
from __future__ import annotations

import os
import pathlib
import threading
import traceback
from collections.abc import Callable

from processes import Process


class Load:
    """Threads that repeat what they are given until the block ends; none of it may fail."""

    def __init__(self, actions: list[Callable[[int], None]], pause_s: float = 0) -> None:
        """actions: called with 0, 1, 2, ..., each in a thread of its own, pause_s apart."""
        self._stop = threading.Event()
        self._pause_s = pause_s
        self.failures: list[str] = []
        self.done = [0] * len(actions)
        self._threads = [threading.Thread(target=self._repeat, args=(number, action), daemon=True)
                         for number, action in enumerate(actions)]

    def _repeat(self, number: int, action: Callable[[int], None]) -> None:
        while not self._stop.is_set() and not self.failures:
            try:
                action(self.done[number])
            except Exception:
                self.failures.append(traceback.format_exc())
                return
            self.done[number] += 1
            self._stop.wait(self._pause_s)

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind, error, trace) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def descriptors(process: Process) -> int:
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def open_files(process: Process) -> list[str]:
    """What the descriptors are, for a failure's text."""
    folder = pathlib.Path(f"/proc/{process.pid}/fd")
    return sorted(os.readlink(entry) for entry in folder.iterdir())
