"""Tahoe-LAFS's own tests of a storage server, aimed at a running server.

`peer/` holds the adaptors. SuitesOnTahoe shows that they are right about the real one; it is run by
hand (run.py ... test_peer_suites.SuitesOnTahoe), the other one by ctest.
"""
import os
import pathlib
import re
import subprocess
import sys
import unittest

from interop import HERE, PROGRAMS, InteropTest
from tahoe_grid import TahoeNode
from tarn_grid import StorageServer

PEER = HERE / "peer"


class Suites:
    """nurl and storage (the server's storage directory) are set by the subclass."""

    nurl = ""
    storage = pathlib.Path()

    def run_suite(self, *arguments: str) -> str:
        environment = {**os.environ, "GBS_NURL": self.nurl, "GBS_STORAGE_DIR": str(self.storage),
                       "PYTHONPATH": str(PEER)}
        result = subprocess.run([sys.executable, "-W", "ignore", *arguments], env=environment,
                                cwd=self.folder, capture_output=True, text=True, timeout=120)
        output = result.stdout + result.stderr
        (self.folder / f"{self.id()}.log").write_text(output)
        self.assertEqual(result.returncode, 0, output[-6000:])
        return output

    def test_istorageserver(self) -> None:
        output = self.run_suite("-m", "twisted.trial", "ext_istorageserver")
        self.assertRegex(output, r"PASSED \(skips=6, successes=28\)")

    def test_storage_http(self) -> None:
        output = self.run_suite(str(PEER / "ext_storage_http.py"))
        self.assertEqual(re.findall(r"Ran (\d+) tests", output), ["43"])
        self.assertIn("OK (skipped=6)", output)


class SuitesOnTarn(Suites, InteropTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        server = cls.keep(StorageServer(PROGRAMS, cls.folder / "server", nickname="s"))
        server.start()
        cls.nurl = server.nurl()
        cls.storage = server.state / "storage"


class SuitesOnTahoe(Suites, InteropTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        server = cls.keep(TahoeNode(cls.folder / "server", storage=True))
        server.start()
        cls.nurl = server.nurl()
        cls.storage = server.folder / "storage"


def load_tests(loader, _tests, _pattern):
    return loader.loadTestsFromTestCase(SuitesOnTarn)


if __name__ == "__main__":
    unittest.main()
