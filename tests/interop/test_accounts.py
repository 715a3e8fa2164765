"""An unmodified Tahoe-LAFS client with an account on tarn-storage."""
import json
import subprocess

from interop import PROGRAMS, InteropTest, data_of
from processes import wait_until
from tahoe_grid import TahoeNode
from tarn_grid import StorageServer
from web_api import HttpError


class AccountsOfRealClients(InteropTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = cls.keep(StorageServer(PROGRAMS, cls.folder / "server", nickname="alpha"))
        cls.server.start()

    def account(self, *words: str) -> str:
        result = subprocess.run([PROGRAMS.storage, "--state", self.server.state, "account", *words],
                                capture_output=True, text=True, timeout=30)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def used(self, name: str) -> dict:
        return json.loads(self.account("show", name, "--json"))

    def client(self, name: str, nurl: str) -> TahoeNode:
        """A Tahoe client that knows the server by this NURL."""
        shared, own = (text.partition("#")[0].rpartition("/")[2]
                       for text in (self.server.nurl(), nurl))
        servers = self.server.announcement().replace(shared, own)
        node = self.keep(TahoeNode(self.folder / name, storage=False, servers=servers, needed=1,
                                   happy=1, total=1))
        node.start(servers=1)
        return node

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
        with self.subTest("a full quota looks like a full server"):
            before = self.used("alice")
            with self.assertRaises(HttpError) as refused:
                web.put(data_of(400_000, "too large"))
            self.assertIn("UploadUnhappinessError", str(refused.exception))
            with self.assertRaises(HttpError):
                web.put_at(slot, data_of(400_000, "too large"))
            self.assertEqual(web.get(slot), b"second")
            self.assertEqual(self.used("alice"), before)
        with self.subTest("may only read"):
            self.account("limit", "alice", "none")
            self.account("deny", "alice", "write")
            self.assertEqual(web.get(cap), data_of(100_000, "alice"))
            with self.assertRaises(HttpError):
                web.put(data_of(1000, "nothing new"))
        with self.subTest("refused once revoked"):
            self.account("revoke", "alice")
            with self.assertRaises(HttpError):
                web.get(cap)
            wait_until(lambda: web.connected_servers() == 0, 30, "the client's notice")
