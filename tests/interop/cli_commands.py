"""What the tests of `tarn` share: one server, one gateway, real or ours, and both commands on it."""
from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess

from interop import PROGRAMS, InteropTest, data_of
from tahoe_grid import TAHOE, TahoeNode
from tarn_grid import Gateway, StorageServer

ONE_OF_ONE = {"needed": 1, "happy": 1, "total": 1}


class Outcome:
    def __init__(self, result: subprocess.CompletedProcess) -> None:
        self.code = result.returncode
        self.out = result.stdout
        self.err = result.stderr
        self.text = result.stdout.decode("utf-8", "replace")


class Commands(InteropTest):
    """One server, one gateway; both commands use its node directory."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        server = cls.keep(TahoeNode(cls.folder / "server", storage=True))
        server.start()
        cls.node = cls.keep(TahoeNode(cls.folder / "gateway", storage=False,
                                      servers=server.announcement(), **ONE_OF_ONE))
        cls.node.start(servers=1)
        cls.web = cls.node.web
        cls.shares = server.shares
        cls.files = cls.folder / "files"
        cls.files.mkdir()

    def setUp(self) -> None:
        self.aliases = self.node.folder / "private" / "aliases"
        self.aliases.unlink(missing_ok=True)
        (self.aliases.parent / "backupdb.sqlite").unlink(missing_ok=True)
        self.succeed("create-alias", "tahoe")

    @classmethod
    def execute(cls, program, *arguments, stdin: bytes = b"", **environment: str) -> Outcome:
        return Outcome(subprocess.run(
            [program, "-d", cls.node.folder, *arguments], capture_output=True, input=stdin,
            timeout=60, env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", **environment}))

    def tarn(self, *arguments, **keywords) -> Outcome:
        return self.execute(PROGRAMS.tarn, *arguments, **keywords)

    def tahoe(self, *arguments, **keywords) -> Outcome:
        return self.execute(TAHOE, *arguments, **keywords)

    def succeed(self, *arguments, **keywords) -> str:
        outcome = self.tarn(*arguments, **keywords)
        self.assertEqual(outcome.code, 0, (arguments, outcome.err, outcome.text))
        return outcome.text

    def same(self, *arguments, code: int = 0) -> str:
        """Both commands print and exit the same. \\return what they print"""
        ours, real = self.tarn(*arguments), self.tahoe(*arguments)
        self.assertEqual((ours.code, ours.text), (real.code, real.text), (arguments, ours.err, real.err))
        self.assertEqual(ours.code, code, (arguments, ours.err))
        return ours.text

    def local(self, name: str, data: bytes) -> pathlib.Path:
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def fresh(self, name: str) -> pathlib.Path:
        """An empty local directory."""
        path = self.files / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def contents(self, cap: str) -> dict | bytes:
        """Of a file its bytes, of a directory {name: contents}."""
        kind, about = self.web.describe(cap)
        if kind == "filenode":
            return self.web.get(cap)
        return {name: self.contents(child.get("rw_uri") or child["ro_uri"])
                for name, (_, child) in about["children"].items()}

    def at(self, path: str) -> dict | bytes:
        return self.contents(self.cap_of(path))

    def cap_of(self, path: str) -> str:
        about = self.described(path)
        return about.get("rw_uri") or about["ro_uri"]

    def described(self, path: str) -> dict:
        return json.loads(self.succeed("ls", "--json", path))[1]

    @staticmethod
    def local_contents(path: pathlib.Path) -> dict | bytes:
        if path.is_dir():
            return {child.name: Commands.local_contents(child) for child in path.iterdir()}
        return path.read_bytes()

    def lose_shares(self, cap: str) -> None:
        index = self.web.check(cap)["storage-index"]
        for share in self.shares.glob(f"??/{index}/*"):
            share.unlink()

    def make_tree(self) -> None:
        self.succeed("mkdir", "tahoe:dir/sub")
        self.succeed("put", "-", "dir/small", stdin=b"small")
        self.succeed("put", "-", "dir/large", stdin=data_of(30_000, "cli"))
        self.succeed("put", "--mutable", "-", "dir/mutable", stdin=b"changes")
        self.succeed("put", "--format=mdmf", "-", "dir/sub/m\u00e4rz \u2603", stdin=b"snow")


class OurNode:
    """Our gateway, as the tests know a Tahoe node."""

    def __init__(self, gateway: Gateway) -> None:
        self.folder = gateway.state
        self.web = gateway.web


class OnOurGateway:
    """In front of a class of commands: the same tests with our daemons."""

    @classmethod
    def setUpClass(cls) -> None:
        InteropTest.setUpClass.__func__(cls)
        server = cls.keep(StorageServer(PROGRAMS, cls.folder / "server", nickname="s"))
        server.start()
        gateway = cls.keep(Gateway(PROGRAMS, cls.folder / "gateway", server.announcement(), **ONE_OF_ONE))
        gateway.start()
        cls.node = OurNode(gateway)
        cls.web = cls.node.web
        cls.shares = server.shares
        cls.files = cls.folder / "files"
        cls.files.mkdir()
