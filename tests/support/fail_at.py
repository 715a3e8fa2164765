"""Fails the n-th call on files of some folders in a program under test, whichever call that is."""
from __future__ import annotations

import errno
import mmap
import os
import pathlib
import struct
from collections.abc import Iterator

_LAYOUT = "qqq256s"  # as struct Control in fail_one_call.cpp


class FailAt:
    """env() is the environment of a program that is to be watched; any number of them, one after the other."""

    def __init__(self, library: pathlib.Path, control: pathlib.Path, folders: list[pathlib.Path]) -> None:
        control.write_bytes(bytes(struct.calcsize(_LAYOUT)))
        self._file = open(control, "r+b")
        self._memory = mmap.mmap(self._file.fileno(), 0)
        self._env = {"LD_PRELOAD": str(library), "TARN_FAIL_CONTROL": str(control),
                     "TARN_FAIL_UNDER": ":".join(str(folder.resolve()) for folder in folders)}

    def env(self) -> dict[str, str]:
        return dict(self._env)

    def close(self) -> None:
        self._memory.close()
        self._file.close()

    def arm(self, call: int, error: int = errno.EIO) -> None:
        """The `call`-th call from now on fails; 0: none."""
        struct.pack_into(_LAYOUT, self._memory, 0, call, 0, error, b"")

    def failed(self) -> str:
        """The call that failed and its file; empty: none did."""
        return struct.unpack_from(_LAYOUT, self._memory)[3].split(b"\0")[0].decode()

    def seen(self) -> int:
        """Calls since arm()."""
        return struct.unpack_from(_LAYOUT, self._memory)[1]

    def each(self, most: int, error: int = errno.EIO) -> Iterator[int]:
        """Arms call 1, 2, 3 and so on until nothing failed any more. AssertionError after `most`."""
        for call in range(1, most + 1):
            self.arm(call, error)
            yield call
            last = not self.failed()
            self.arm(0)
            if last:
                return
        raise AssertionError(f"still failing after {most} calls")


def descriptors(pid: int) -> list[str]:
    """What the process has open, without its sockets; files without a name as "FOLDER/?"."""
    links = []
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(link)
        except FileNotFoundError:
            continue
        if not target.startswith("socket:"):
            links.append(str(pathlib.Path(target).parent / "?") if target.endswith(" (deleted)") else target)
    return sorted(links)
