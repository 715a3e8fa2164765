"""Accounts without a NURL written by hand: gateways ask the servers that an introducer names for theirs."""
from __future__ import annotations

import signal
import subprocess

from interop import PROGRAMS, InteropTest, data_of
from processes import free_port, wait_until
from tarn_grid import Gateway, Introducer, StorageServer
from web_api import HttpError

ONE_OF_ONE = {"needed": 1, "happy": 1, "total": 1}


class Grants(InteropTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.introducer = cls.keep(Introducer(PROGRAMS, cls.folder / "introducer", port=free_port()))
        cls.introducer.start()
        cls.server = cls.keep(StorageServer(
            PROGRAMS, cls.folder / "server", nickname="private", port=free_port(), extra="anonymous = false",
            announce=f'introducers = ["{cls.introducer.url()}"]'))
        cls.server.start()

    def account(self, *words: str) -> str:
        result = subprocess.run([PROGRAMS.storage, "--state", self.server.state, "account", *words],
                                capture_output=True, text=True, timeout=30)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def gateway(self, name: str, more: str = "") -> Gateway:
        return self.keep(Gateway(
            PROGRAMS, self.folder / name, "storage: {}\n", **ONE_OF_ONE,
            extra=f'[introducers]\nurls = ["{self.introducer.url()}"]\n{more}'))

    @staticmethod
    def shown(gateway: Gateway) -> dict:
        servers = gateway.web.welcome()["servers"]
        return servers[0] if len(servers) == 1 else {"connection_status": ""}

    def wait_for(self, gateway: Gateway, text: str) -> dict:
        wait_until(lambda: text in self.shown(gateway)["connection_status"], 60, text)
        return self.shown(gateway)

    def refused(self, gateway: Gateway, data: bytes) -> str:
        with self.assertRaises(HttpError) as error:
            gateway.web.put(data)
        return str(error.exception)

    def test_a_life(self) -> None:
        gateway = self.gateway("alice")
        node_id = gateway.run("--node-id").strip()
        self.assertEqual(gateway.run("--node-id").strip(), node_id)
        self.assertIn("node key", gateway.run("--explain"))
        self.account("add", "alice", "--key", node_id)
        gateway.start()
        self.wait_for(gateway, "connected to")
        data = data_of(200_000, "granted")
        cap = gateway.web.put(data)
        self.assertEqual(gateway.web.get(cap), data)
        self.assertEqual(gateway.web.put(b"changing", "?format=SDMF")[:4], "URI:")
        grants = gateway.state / "private" / "grants"
        wait_until(grants.exists, 10, "the file of grants")
        self.assertEqual(grants.stat().st_mode & 0o777, 0o600)
        kept = grants.read_text()
        swissnum = kept.split()[2]
        log = (gateway.folder / "log").read_text()
        self.assertNotIn(swissnum, log)
        with self.subTest("a restart without introducer and without asking"):
            gateway.stop()
            self.introducer.stop()
            gateway.start()
            self.wait_for(gateway, "connected to")
            self.assertEqual(gateway.web.get(cap), data)
            self.introducer.start()
            self.assertEqual(grants.read_text(), kept)
        with self.subTest("a new credential"):
            self.account("rotate", "alice")
            wait_until(lambda: self.reads(gateway, cap, data), 60, "the new credential")
            wait_until(lambda: grants.read_text() != kept, 10, "the new credential on disk")
        with self.subTest("may not write"):
            self.account("deny", "alice", "write")
            self.refused(gateway, data_of(1000, "denied"))
            self.assertEqual(gateway.web.get(cap), data)
        with self.subTest("revoked"):
            self.account("revoke", "alice")
            self.refused(gateway, data_of(1000, "revoked"))
            shown = self.wait_for(gateway, "no account: the server says: no account here has the key " + node_id)
            self.assertEqual((shown["nickname"], shown["upload_permitted"]), ("private", False))
            self.assertIn("no account here has the key", gateway.web.call("GET", "/").decode())
            wait_until(lambda: not grants.read_text(), 20, "an empty file of grants")
        gateway.stop()

    @staticmethod
    def reads(gateway: Gateway, cap: str, data: bytes) -> bool:
        try:
            return gateway.web.get(cap) == data
        except HttpError:
            return False

    def test_the_account_may_come_later(self) -> None:
        gateway = self.gateway("bob")
        gateway.start()
        self.wait_for(gateway, "no account here has the key")
        self.refused(gateway, data_of(1000, "too early"))
        self.account("add", "bob", "--key", gateway.run("--node-id").strip())
        gateway.process.signal(signal.SIGHUP)
        self.wait_for(gateway, "connected to")
        data = data_of(1000, "late")
        self.assertEqual(gateway.web.get(gateway.web.put(data)), data)
        gateway.stop()

    def test_nobody_is_asked_against_the_settings(self) -> None:
        gateway = self.gateway("shy", "accounts = false")
        self.assertIn("are not asked for one", gateway.run("--explain"))
        self.account("add", "shy", "--key", gateway.run("--node-id").strip())
        gateway.start()
        self.wait_for(gateway, "[introducers] accounts = false")
        gateway.stop()
