#!/usr/bin/env python3
"""The lints' own test: on samples/<lint> each reports exactly the lines marked EXPECT."""
import pathlib
import sys
import unittest

import check_coroutines
import check_layers
import check_text
from lint_support import files, read

SAMPLES = pathlib.Path(__file__).resolve().parent / "samples"


def marked(root: pathlib.Path) -> set[tuple[str, int]]:
    return {(name, number) for name in files(root)
            for number, line in enumerate(read(root, name).split("\n"), 1) if "EXPECT" in line}


class LintsCanFail(unittest.TestCase):
    maxDiff = None

    def expect(self, lint, folder: str) -> None:
        root = SAMPLES / folder
        found = {(finding.path, finding.line) for finding in lint.check(root)}
        wanted = marked(root)
        self.assertTrue(wanted)
        self.assertEqual(sorted(found), sorted(wanted))

    def test_layers(self) -> None:
        self.expect(check_layers, "layers")

    def test_coroutines(self) -> None:
        self.expect(check_coroutines, "coroutines")

    def test_text(self) -> None:
        self.expect(check_text, "text")


if __name__ == "__main__":
    sys.exit(unittest.main())
