"""Every call on a file of a gateway's or of `tarn`, one at a time, fails: a clean error, nothing left
over, what was there before is there, and the next attempt succeeds."""
from __future__ import annotations

import os
import pathlib
import random
import subprocess
import unittest

import netns
from fail_at import FailAt, descriptors
from netns import PROGRAMS, fresh_folder
from processes import free_port, wait_until
from tarn_grid import Daemon, Gateway, Introducer, StorageServer, servers_yaml
from web_api import HttpError, WebApi

LIBRARY = pathlib.Path(os.environ.get("TARN_FAIL_LIBRARY", ""))
SERVERS = 3
KEPT_SPOOL_FILES = 8
TEXT_OF_EIO = os.strerror(5)


class Grid(unittest.TestCase):
    """Three servers and a gateway, which is not started yet."""

    def setUp(self) -> None:
        self.folder = fresh_folder(self._testMethodName)
        self.servers = [StorageServer(PROGRAMS, self.folder / f"s{i}", nickname=f"s{i}")
                        for i in range(SERVERS)]
        for server in self.servers:
            self.addCleanup(server.kill)
            server.start()
        servers = servers_yaml(server.announcement() for server in self.servers)
        self.gateway = Gateway(PROGRAMS, self.folder / "gateway", servers, needed=2, happy=3, total=3,
                               extra='[spool]\nmemory = "64 KiB"\n')
        self.addCleanup(self.gateway.kill)

    def watch(self, *folders: pathlib.Path) -> FailAt:
        faults = FailAt(LIBRARY, self.folder / "control", list(folders))
        self.addCleanup(faults.close)
        return faults

    def start_with(self, faults: FailAt) -> None:
        faults.arm(0)
        self.gateway.start(faults.env())
        self.gateway.web.put(b"a" * 700_000)  # what stays open is open now
        self.open_at_first = self.descriptors()

    @property
    def web(self) -> WebApi:
        return self.gateway.web

    def arriving(self) -> int:
        """Shares on their way, on all servers."""
        return sum(path.is_file() for server in self.servers
                   for path in (server.shares / "incoming").rglob("*"))

    def descriptors(self) -> list[str]:
        """Those of the gateway, without a few files that its spool keeps for the next body."""
        everything = descriptors(self.gateway.process.pid)
        spool = str(self.gateway.state.resolve() / "tmp" / "?")
        kept = everything.count(spool)
        return [one for one in everything if one != spool] + [spool] * max(0, kept - KEPT_SPOOL_FILES)

    def require_nothing_left(self, what: str) -> None:
        def clean() -> bool:
            return self.descriptors() == self.open_at_first and self.arriving() == 0
        wait_until(clean, 20, f"{what}: {self.descriptors()}, {self.arriving()} arriving")


class Files(Grid):
    def sweep(self, faults: FailAt, attempt, most: int = 300) -> int:
        """attempt(): an operation that fails with HttpError or does what it is for. \return how often it failed"""
        failures = 0
        for call in faults.each(most):
            try:
                attempt(call)
            except HttpError as error:
                failures += 1
                self.assertTrue(faults.failed(), error)
                self.assertIn(error.status, (500, 507), f"{faults.failed()}: {error}")
                self.assertIn(TEXT_OF_EIO.encode(), error.body, faults.failed())
            self.gateway.process.require_running()
            self.require_nothing_left(f"call {call}, {faults.failed()}")
        return failures

    def test_immutable(self) -> None:
        faults = self.watch(self.gateway.state)
        self.start_with(faults)
        pieces = random.Random(1)

        def upload(_: int) -> None:
            data = pieces.randbytes(700_000)
            cap = self.web.put(data)
            self.assertEqual(self.web.get(cap), data)
        self.assertGreater(self.sweep(faults, upload), 3)

    def test_mutable(self) -> None:
        faults = self.watch(self.gateway.state)
        self.start_with(faults)
        pieces = random.Random(2)

        def create(query: str):
            def attempt(_: int) -> None:
                data = pieces.randbytes(3_000_000)
                cap = self.web.put(data, query)
                self.assertEqual(self.web.get(cap), data)
            return attempt
        self.assertEqual(self.sweep(faults, create("?format=MDMF")), 0, "streamed: no file is touched")
        self.assertGreater(self.sweep(faults, create("?format=SDMF")), 3)

        now = [pieces.randbytes(3_000_000)]
        cap = self.web.put(now[0], "?format=MDMF")

        def change(data: bytes, whole: bytes, query: str) -> None:
            try:
                self.web.put_at(cap, data, query=query)
                now[0] = whole
            except HttpError:
                self.assertEqual(self.web.get(cap), now[0])
                raise
            self.assertEqual(self.web.get(cap), now[0])

        def overwrite(_: int) -> None:
            data = pieces.randbytes(3_000_000)
            change(data, data, "")
        self.assertEqual(self.sweep(faults, overwrite), 0, "streamed: no file is touched")

        def patch(call: int) -> None:
            data, at = pieces.randbytes(700_000), 1000 * call
            change(data, now[0][:at] + data + now[0][at + len(data):], f"?offset={at}")
        self.assertGreater(self.sweep(faults, patch), 3)


class Starts(unittest.TestCase):
    """A daemon whose files cannot be read or written says which, and ends; the next start is as the first."""

    def sweep(self, daemon: Daemon, least: int, changing: tuple[str, ...] = ()) -> None:
        """changing: files that every start may change."""
        self.addCleanup(daemon.kill)
        daemon.start()
        self.assertEqual(daemon.stop(), 0)
        private = daemon.state / "private"
        kept = {path: path.read_bytes() for path in private.rglob("*")
                if path.is_file() and path.name not in changing}
        faults = FailAt(LIBRARY, daemon.folder / "control", [daemon.state, daemon.config])
        self.addCleanup(faults.close)
        log = daemon.folder / "log"
        failures = 0
        for _ in faults.each(600):
            log.write_text("")
            try:
                daemon.start(faults.env())
                self.assertEqual(daemon.stop(), 0)
            except RuntimeError as error:
                failures += 1
                name = pathlib.Path(faults.failed()).name.removesuffix(".new")
                self.assertTrue(TEXT_OF_EIO in str(error) or "sqlite" in name, f"{faults.failed()}: {error}")
                self.assertIn(name.removesuffix("-wal").removesuffix("-shm"), str(error), faults.failed())
                daemon.kill()
            for path, content in kept.items():
                self.assertEqual(path.read_bytes(), content, f"{path}: {faults.failed()}")
            self.assertEqual([*daemon.state.glob("*.new"), *private.glob("*.new")], [], faults.failed())
        self.assertGreater(failures, least)
        daemon.start()
        self.assertEqual(daemon.stop(), 0)

    def test_gateway(self) -> None:
        folder = fresh_folder(self._testMethodName)
        self.sweep(Gateway(PROGRAMS, folder / "gateway", "storage: {}\n"), 5, ("api_auth_token",))

    def test_storage(self) -> None:
        folder = fresh_folder(self._testMethodName)
        self.sweep(StorageServer(PROGRAMS, folder / "storage", nickname="s"), 5)

    def test_introducer(self) -> None:
        folder = fresh_folder(self._testMethodName)
        self.sweep(Introducer(PROGRAMS, folder / "introducer", port=free_port()), 5)


class Commands(Grid):
    def setUp(self) -> None:
        super().setUp()
        self.gateway.start()
        self.files = self.folder / "files"
        self.files.mkdir()
        self.state = self.gateway.state
        self.succeed("create-alias", "tahoe")
        self.faults = self.watch(self.state / "private", self.files)

    def run_tarn(self, *arguments: object, faults: bool = False) -> subprocess.CompletedProcess:
        return subprocess.run([str(PROGRAMS.tarn), "-d", str(self.state), *map(str, arguments)],
                              capture_output=True, text=True, timeout=60,
                              env={**os.environ, **(self.faults.env() if faults else {})})

    def succeed(self, *arguments: object) -> str:
        result = self.run_tarn(*arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def sweep_command(self, arguments, after, most: int = 400) -> None:
        """arguments(call) -> the command; after(call, succeeded): what must hold then."""
        failures = 0
        for call in self.faults.each(most):
            result = self.run_tarn(*arguments(call), faults=True)
            self.assertIn(result.returncode, (0, 1), f"{self.faults.failed()}: {result.stderr}")
            if result.returncode != 0:
                failures += 1
                self.assertTrue(self.faults.failed(), result.stderr)
                self.assertTrue(result.stderr.strip(), self.faults.failed())
            try:
                after(call, result.returncode == 0)
            except AssertionError as error:
                raise AssertionError(f"{error}; after {self.faults.failed()}: {result.stderr}") from error
        self.assertGreater(failures, 2)

    def test_aliases(self) -> None:
        file = self.state / "private" / "aliases"
        cap = self.web.mkdir()
        kept = [file.read_text()]

        def add(call: int) -> tuple:
            return "add-alias", f"one{call}", cap

        def after(call: int, succeeded: bool) -> None:
            new = kept[0] + f"one{call}: {cap}\n"
            # What fails after the name is in place is told, and done.
            self.assertIn(file.read_text(), (new,) if succeeded else (kept[0], new))
            kept[0] = file.read_text()
            self.assertEqual([*file.parent.glob("*.new")], [])
        self.sweep_command(add, after)

    def test_get(self) -> None:
        data = random.Random(3).randbytes(400_000)
        cap = self.web.put(data)
        target = self.files / "back"

        def after(_: int, succeeded: bool) -> None:
            self.assertEqual([path.read_bytes() for path in self.files.iterdir()],
                             [data] if succeeded else [])
            target.unlink(missing_ok=True)
        self.sweep_command(lambda call: ("get", cap, target), after)

    def test_backup(self) -> None:
        tree = self.files / "tree"
        for name in ("one", "sub/two"):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes(name.encode() * 100)

        def after(call: int, succeeded: bool) -> None:
            if succeeded:
                for name in ("one", "sub/two"):
                    self.assertEqual(self.succeed("get", f"tahoe:b{call}/Latest/{name}").encode(),
                                     (tree / name).read_bytes())
            # Whatever happened to it, the database serves the next.
            self.succeed("backup", tree, f"tahoe:c{call}")
            for name in ("one", "sub/two"):
                self.assertEqual(self.succeed("get", f"tahoe:c{call}/Latest/{name}").encode(),
                                 (tree / name).read_bytes())
            if call % 2:
                (self.state / "private" / "backupdb.sqlite").unlink()
        self.sweep_command(lambda call: ("backup", tree, f"tahoe:b{call}"), after)


def unavailable() -> str | None:
    return None if LIBRARY.is_file() else "the library that fails calls is not built here"


if __name__ == "__main__":
    netns.run(unavailable)
