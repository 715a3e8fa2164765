"""`tarn import-tahoe`, `create-gateway` and `create-storage`, with a real Tahoe-LAFS node and our daemons."""
from __future__ import annotations

import hashlib
import json
import pathlib
import shutil
import stat
import struct
import subprocess

from interop import PROGRAMS, InteropTest, data_of
from processes import free_port
from tahoe_grid import TahoeNode
from tarn_grid import Daemon

ONE_OF_ONE = {"needed": 1, "happy": 1, "total": 1}


def tarn(*arguments, code: int = 0) -> str:
    result = subprocess.run([PROGRAMS.tarn, *arguments], capture_output=True, text=True, timeout=60)
    if result.returncode != code:
        raise AssertionError(f"tarn {arguments}: {result.returncode}\n{result.stderr}{result.stdout}")
    return result.stdout


def state_of(folder: pathlib.Path) -> dict[str, tuple]:
    """Everything that could be changed in a directory."""
    return {str(path): (path.lstat().st_mode, path.lstat().st_mtime_ns,
                        hashlib.sha256(path.read_bytes()).digest() if path.is_file() else None)
            for path in sorted(folder.rglob("*"))}


class MadeGateway(Daemon):
    role = "gateway"

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(PROGRAMS.gateway, folder, (folder / "state" / "gateway.toml").read_text())

    @property
    def web(self):
        from web_api import WebApi
        return WebApi((self.state / "node.url").read_text().strip())


class MadeStorage(Daemon):
    role = "storage"

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(PROGRAMS.storage, folder, (folder / "state" / "storage.toml").read_text())


class Import(InteropTest):
    def test_a_node_lives_on_as_a_gateway(self) -> None:
        server = self.keep(TahoeNode(self.folder / "server", storage=True))
        server.start()
        old = self.keep(TahoeNode(self.folder / "old", storage=False, nickname="m\u00e4rz",
                                  servers=server.announcement(), **ONE_OF_ONE))
        old.start(servers=1)
        data = data_of(20_000, "import")
        cap = old.web.put(data)
        old.cli("create-alias", "home")
        old.cli("mkdir", "home:sub")
        tree = self.folder / "tree"
        tree.mkdir()
        (tree / "file").write_bytes(data_of(500, "backed up"))
        old.cli("backup", str(tree), "home:backups")
        old.stop()
        before = state_of(old.folder)

        state = self.folder / "new" / "state"
        state.parent.mkdir()
        report = json.loads(tarn("--json", "-d", state, "import-tahoe", old.folder))
        self.assertEqual((report["role"], report["directory"]), ("gateway", str(state)))
        self.assertIn("1 aliases, 1 servers", " ".join(report["notes"]))
        self.assertEqual(state_of(old.folder), before)
        for path in [state, *state.rglob("*")]:
            self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o077, 0, path)

        gateway = self.keep(MadeGateway(state.parent))
        gateway.start()
        self.assertEqual(gateway.web.url, f"http://127.0.0.1:{self.port_of(old)}")
        self.assertEqual(gateway.web.get(cap), data)
        self.assertEqual(gateway.web.put(data), cap)
        self.assertEqual(tarn("-d", state, "ls", "home:"), "backups\nsub\n")
        again = json.loads(tarn("--json", "-d", state, "backup", tree, "home:backups"))
        self.assertEqual((again["files_reused"], again["directories_reused"]), (1, 1))

        # The same secrets renew a lease; others would add one.
        shares = list(server.shares.glob("??/*/*"))
        leases = {share: self.leases_of(share) for share in shares}
        self.assertEqual(set(leases.values()), {1})
        tarn("-d", state, "deep-check", "--add-lease", "home:")
        tarn("-d", state, "check", "--add-lease", cap)
        self.assertEqual({share: self.leases_of(share) for share in shares}, leases)

    @staticmethod
    def port_of(node: TahoeNode) -> str:
        for line in (node.folder / "tahoe.cfg").read_text().splitlines():
            if line.startswith("web.port"):
                return line.split(":")[1]
        raise AssertionError("no web.port")

    @staticmethod
    def leases_of(share: pathlib.Path) -> int:
        content = share.read_bytes()
        if content.startswith(b"Tahoe mutable container"):
            secrets = {content[100 + i * 92:192 + i * 92] for i in range(4)}
            return sum(any(secret) for secret in secrets)
        return struct.unpack(">L", content[8:12])[0]

    def test_refusals(self) -> None:
        node = self.folder / "node"
        (node / "private").mkdir(parents=True)
        state = self.folder / "refused"
        def refused(code: int = 1) -> None:
            tarn("-d", state, "import-tahoe", node, code=code)
            self.assertTrue(code == 255 or not state.exists())
        refused()  # no tahoe.cfg
        (node / "tahoe.cfg").write_text("[node]\nweb.port = tcp:4567\n[client]\nshares.needed = 1\n"
                                        "shares.happy = 1\nshares.total = 2\n")
        refused()  # never started
        secret, convergence = node / "private" / "secret", node / "private" / "convergence"
        secret.write_text("a" * 52 + "\n")
        convergence.write_text("!\n")
        refused()
        convergence.write_text("a" * 52 + "\n")
        secret.write_text("aaaa\n")
        refused()  # too short
        secret.write_text("a" * 52 + "\n")
        (node / "private" / "aliases").write_text("no colon\n")
        refused()
        (node / "private" / "aliases").unlink()
        (node / "private" / "servers.yaml").write_text("storage: [\n")
        refused()
        (node / "private" / "servers.yaml").unlink()
        state.mkdir()
        (state / "mine").write_text("x")
        refused(255)
        shutil.rmtree(state)
        self.assertIn("no servers are known", tarn("-d", state, "import-tahoe", node))
        self.assertIn("4567", (state / "gateway.toml").read_text())
        refused(255)
        tarn("-d", state, "import-tahoe", self.folder / "absent", code=1)


class Create(InteropTest):
    def test_a_grid_from_nothing(self) -> None:
        stores, gate = self.folder / "store", self.folder / "gate"
        tarn("create-storage", "--listen", f"127.0.0.1:{free_port()}", "-n", "alpha", "--reserved-space", "0",
             stores / "state")
        store = self.keep(MadeStorage(stores))
        store.start()
        servers = self.folder / "servers.yaml"
        servers.write_text(store.run("--announcement"))
        out = tarn("create-client", "-C", gate / "state", "-p", f"tcp:{free_port()}:interface=127.0.0.1",
                   "--shares-needed=1", "--shares-happy=1", "--shares-total=1", "--servers", servers)
        self.assertIn("Node created in", out)
        gateway = self.keep(MadeGateway(gate))
        gateway.start()
        tarn("-d", gate / "state", "create-alias", "tahoe")
        tarn("-d", gate / "state", "mkdir", "works")
        self.assertEqual(tarn("-d", gate / "state", "ls"), "works\n")
        for role in ("create-gateway", "create-storage"):
            listen = ["--listen", "127.0.0.1:1"] if role == "create-storage" else []
            tarn(role, *listen, gate / "state", code=255)

    def test_wrong_usage(self) -> None:
        place = self.folder / "nowhere"
        for arguments in (["create-storage", place], ["create-storage", "--listen", "name:1", place],
                          ["create-gateway", "-p", "none", place],
                          ["create-gateway", "--shares-needed", "11", place],
                          ["create-storage", "--listen", "127.0.0.1:1", "--hostname", "h", "--location",
                           "tcp:h:1", place], ["create-gateway", "--servers", "/absent", place]):
            tarn(*arguments, code=1)
            self.assertFalse(place.exists())
