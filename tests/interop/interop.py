"""What the interop tests share: where things are, data, and nodes that end with their test class."""
from __future__ import annotations

import os
import pathlib
import random
import unittest

from tarn_grid import Programs

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = Programs(os.environ["TARN_PROGRAMS"])
WORK = pathlib.Path(os.environ["TARN_WORK"])
# Around the borders: LIT, one segment, several segments with a short tail.
SIZES = [0, 1, 55, 56, 1000, 131072, 3 * (1 << 20) + 1]
# Base32 of 32 bytes: with the same secret every client makes the same capability of the same file.
CONVERGENCE = "a" * 52


def data_of(size: int, seed: str = "") -> bytes:
    return random.Random(f"{seed}:{size}").randbytes(size)


class InteropTest(unittest.TestCase):
    """Nodes given to keep() are ended with the class, in reverse order, also after a failure."""

    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = WORK / cls.__name__
        cls.folder.mkdir()

    @classmethod
    def keep(cls, node):
        """node: has stop() and kill()."""
        cls.addClassCleanup(cls._end, node)
        return node

    @staticmethod
    def _end(node) -> None:
        try:
            node.stop()
        except BaseException:
            node.kill()
            raise
