"""An unmodified Tahoe-LAFS client with an account on tarn-storage."""
import contextlib
import json
import subprocess

from interop import CONVERGENCE, PROGRAMS, InteropTest, data_of
from processes import free_port, wait_until
from tahoe_grid import TahoeNode
from tarn_grid import StorageServer
from web_api import HttpError


class AccountsOfRealClients(InteropTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = cls.keep(StorageServer(PROGRAMS, cls.folder / "server", nickname="alpha", port=free_port()))
        cls.server.start()

    def account(self, *words: str) -> str:
        result = subprocess.run([PROGRAMS.storage, "--state", self.server.state, "account", *words],
                                capture_output=True, text=True, timeout=30)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def used(self, name: str) -> dict:
        return json.loads(self.account("show", name, "--json"))

    def servers_of(self, nurl: str) -> str:
        """A servers.yaml of the server under this NURL."""
        shared, own = (text.partition("#")[0].rpartition("/")[2]
                       for text in (self.server.nurl(), nurl))
        return self.server.announcement().replace(shared, own)

    def client(self, name: str, nurl: str) -> TahoeNode:
        """A Tahoe client that knows the server by this NURL."""
        node = self.keep(TahoeNode(self.folder / name, storage=False, servers=self.servers_of(nurl), needed=1,
                                   happy=1, total=1))
        node.start(servers=1)
        return node

    @staticmethod
    def soon(action):
        """A client asks how much space there is now and then; until then it believes the old answer."""
        def result():
            with contextlib.suppress(HttpError):
                return [action()]
        return wait_until(result, 60, "the client's notice")[0]

    def test_a_life(self) -> None:
        nurl = self.account("add", "alice", "--limit", "300 kB").strip()
        web = self.client("alice", nurl).web
        with self.subTest("stores and is charged"):
            cap = web.put(data_of(100_000, "alice"))
            self.assertEqual(web.get(cap), data_of(100_000, "alice"))
            self.assertEqual(self.used("alice")["shares"], 1)
            self.assertGreater(self.used("alice")["used_bytes"], 100_000)
            self.assertEqual(self.used("anonymous")["shares"], 0)
            slot = web.put(b"first", "?format=SDMF")
            web.put_at(slot, b"second")
            self.assertEqual(web.get(slot), b"second")
            self.assertEqual(self.used("alice")["shares"], 2)
        with self.subTest("makes directories"):
            folder = web.mkdir()
            web.put_at(folder, b"in a directory" * 10, "file")
            self.assertEqual(web.get(folder, "file"), b"in a directory" * 10)
            inner = web.call("POST", web.path_of(folder, "inner") + "?t=mkdir", b"").decode()
            self.assertEqual(web.describe(inner)[0], "dirnode")
            self.assertEqual(set(web.describe(folder)[1]["children"]), {"file", "inner"})
            self.assertEqual(self.used("alice")["shares"], 5)
        with self.subTest("a full quota looks like a full server"):
            before = self.used("alice")
            with self.assertRaises(HttpError) as refused:
                web.put(data_of(400_000, "too large"))
            self.assertIn("UploadUnhappinessError", str(refused.exception))
            with self.assertRaises(HttpError):
                web.put_at(slot, data_of(400_000, "too large"))
            self.assertEqual(web.get(slot), b"second")
            self.assertEqual(self.used("alice"), before)
        with self.subTest("a larger one is used"):
            self.account("limit", "alice", "2 MB")
            grown = self.soon(lambda: web.put(data_of(400_000, "too large")))
            self.assertEqual(web.get(grown), data_of(400_000, "too large"))
            self.assertGreater(self.used("alice")["used_bytes"], 500_000)
        with self.subTest("a smaller one takes nothing away"):
            self.account("limit", "alice", "1 kB")
            self.assertEqual(web.get(grown), data_of(400_000, "too large"))
            with self.assertRaises(HttpError):
                web.put(data_of(1000, "one more"))
            with self.assertRaises(HttpError):
                web.mkdir()
        with self.subTest("may only read"):
            self.account("limit", "alice", "none")
            self.account("deny", "alice", "write")
            self.assertEqual(web.get(cap), data_of(100_000, "alice"))
            with self.assertRaises(HttpError):
                web.put(data_of(1000, "nothing new"))
            with self.assertRaises(HttpError):
                web.put_at(slot, b"third")
            self.assertEqual(web.get(slot), b"second")
        with self.subTest("may write again"):
            self.account("allow", "alice", "write")
            web.put_at(slot, b"third")
            self.assertEqual(web.get(slot), b"third")
            self.soon(lambda: web.put(data_of(1000, "something new")))
        with self.subTest("may not read"):
            self.account("deny", "alice", "read")
            with self.assertRaises(HttpError):
                web.get(cap)
            self.account("allow", "alice", "read")
            self.assertEqual(web.get(cap), data_of(100_000, "alice"))
        with self.subTest("refused once revoked"):
            self.account("revoke", "alice")
            with self.assertRaises(HttpError):
                web.get(cap)
            wait_until(lambda: web.connected_servers() == 0, 30, "the client's notice")

    def test_rotation(self) -> None:
        """The old NURL is worthless at once; with the new one everything is there, and charged as before."""
        node = self.client("bob", self.account("add", "bob", "--limit", "1 MB").strip())
        cap = node.web.put(data_of(100_000, "bob"))
        slot = node.web.put(b"first", "?format=MDMF")
        before = self.used("bob")
        rotated = self.account("rotate", "bob").strip()
        with self.assertRaises(HttpError):
            node.web.get(cap)
        wait_until(lambda: node.web.connected_servers() == 0, 30, "the client's notice")
        node.stop()
        node.set_servers(self.servers_of(rotated))
        node.start(servers=1)
        self.assertEqual(node.web.get(cap), data_of(100_000, "bob"))
        node.web.put_at(slot, b"again")
        self.assertEqual(node.web.get(slot), b"again")
        after = self.used("bob")
        self.assertNotEqual(after["nurls"], before["nurls"])
        self.assertEqual((after["shares"], after["limit_bytes"]), (before["shares"], before["limit_bytes"]))
        # What belongs to whom outlives the server's process.
        self.server.stop()
        self.server.start()
        self.assertEqual(self.used("bob")["used_bytes"], after["used_bytes"])

    def test_two_accounts_share_a_file(self) -> None:
        """Both are charged for the one share; when one goes, the other's stays."""
        one, two = (self.client(name, self.account("add", name).strip()) for name in ("carol", "dave"))
        for node in (one, two):
            node.stop()
            (node.folder / "private" / "convergence").write_text(CONVERGENCE + "\n")
            node.start(servers=1)
        data = data_of(100_000, "both")
        cap = one.web.put(data)
        self.assertEqual(two.web.put(data), cap)
        self.assertEqual(self.used("carol")["used_bytes"], self.used("dave")["used_bytes"])
        self.assertGreater(self.used("dave")["used_bytes"], 100_000)
        self.account("revoke", "carol")
        with self.assertRaises(HttpError):
            one.web.get(cap)
        self.assertEqual(two.web.get(cap), data)
