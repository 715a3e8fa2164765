#!/usr/bin/env python3
"""What passed leaves nothing behind; what failed in whatever way stays a failure, and keeps its folder."""
from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
MODULE = """
import pathlib, subprocess, unittest, work_folders
FOLDER = work_folders.fresh_folder(pathlib.Path("{folder}"))
(FOLDER / "log").write_text("what happened")
{body}
work_folders.run_tests()
"""


def case(test: str, more: str = "pass") -> str:
    return f"class Case(unittest.TestCase):\n  {more}\n  def test(self):\n    {test}\n"


class WorkFolders(unittest.TestCase):
    def setUp(self) -> None:
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = pathlib.Path(place.name) / "work"

    def run_module(self, body: str) -> subprocess.CompletedProcess:
        module = self.folder.with_name("module.py")
        module.write_text(MODULE.format(folder=self.folder, body=body))
        return subprocess.run([sys.executable, "-B", module], env={"PYTHONPATH": str(HERE)}, capture_output=True,
                              text=True, timeout=30)

    def test_what_passes_leaves_nothing(self) -> None:
        self.assertEqual(self.run_module(case("pass")).returncode, 0)
        self.assertFalse(self.folder.exists())

    def test_what_fails_keeps_it_and_says_where(self) -> None:
        late = "@classmethod\n  def tearDownClass(cls): raise OSError"
        for name, body in {
                "a failure": case("self.fail()"), "an error": case("raise OSError"),
                "a cleanup": case("self.addCleanup(lambda: 1 / 0)"), "the class's end": case("pass", late),
                "an unexpected success": case("pass").replace("def", "@unittest.expectedFailure\n  def"),
                "one of two": case("pass") + "class Other(unittest.TestCase):\n  def test(self): self.fail()\n",
                "no test": "", "its import": "raise OSError"}.items():
            with self.subTest(name):
                done = self.run_module(body)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertEqual((self.folder / "log").read_text(), "what happened")
                if name != "its import":
                    self.assertIn(f"kept: {self.folder}", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
