"""A grid beside a default route into the void: it works, and not a packet takes that route, though a
server is listed that nobody reaches; what the daemons connect to is what --explain announced."""
from __future__ import annotations

import json
import socket
import subprocess
import unittest

import isolation
import strace_log
from gbs_client import GbsClient, GbsError
from netns import PROGRAMS, data_of, fresh_folder
from processes import free_port, wait_until
from tarn_grid import Gateway, Introducer, StorageServer, servers_yaml
from watched_grid import WatchedGrid

SERVERS = 3


class TheSink(unittest.TestCase):
    def test_sees_what_leaves(self) -> None:
        before = isolation.sunk_packets()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"x", ("203.0.113.1", 9))
        self.assertEqual(isolation.sunk_packets(), before + 1)


class Sink(WatchedGrid):
    def grid(self, name: str, strangers: str) -> None:
        """strangers: NURL places that servers are listed under besides."""
        folder = fresh_folder(name)
        servers = [StorageServer(PROGRAMS, folder / f"s{number}", nickname=f"s{number}",
                                 prefix=self.traced(folder / f"s{number}" / "strace.log"))
                   for number in range(SERVERS)]
        for server in servers:
            self.start(server)
        announcements = [server.announcement() for server in servers]
        key, place = servers[0].nurl().removeprefix("pb://").split("/")[0].split("@")
        announcements.append(announcements[0].replace('"v0-', '"v0-other-').replace(place, strangers)
                             .replace(key, "A" * 43))
        gateway = Gateway(PROGRAMS, folder / "gateway", servers_yaml(announcements), needed=2, happy=3, total=3,
                          prefix=self.traced(folder / "gateway.strace"))
        self.start(gateway)
        data = data_of(300_000)
        cap = gateway.web.put(data)
        self.assertEqual(gateway.web.get(cap), data)
        gateway.stop()
        for server in servers:
            server.stop()
        self.require_only_what_was_announced(gateway, folder / "gateway.strace")
        for server in servers:
            self.require_only_what_was_announced(server, server.folder / "strace.log")

    def test_introducers_and_accounts(self) -> None:
        """Announcing, gossip, following, accounts and their grants: nothing else is connected to. The
        gateway goes to the servers that were named to it, and to the introducer."""
        folder = fresh_folder("sink_introduced")
        sunk = isolation.sunk_packets()
        introducers = [Introducer(PROGRAMS, folder / name, port=free_port(), admin_port=free_port(),
                                  prefix=self.traced(folder / f"{name}.strace")) for name in ("one", "two")]
        one, two = introducers
        one.configure(peers=[two.url()])
        two.configure(peers=[one.url()])
        # The last one has no account for everybody: the gateway asks for its own.
        servers = [StorageServer(PROGRAMS, folder / f"s{number}", nickname=f"s{number}", port=free_port(),
                                 announce=f"introducers = [{one.url()!r}]\n"
                                          f"anonymous_nurl = {str(number + 1 < SERVERS).lower()}",
                                 prefix=self.traced(folder / f"s{number}.strace")) for number in range(SERVERS)]
        gateway = Gateway(PROGRAMS, folder / "gateway", "storage: {}\n", needed=2, happy=3, total=3,
                          extra=f"[introducers]\nurls = [{two.url()!r}]", prefix=self.traced(folder / "gateway.strace"))
        daemons = [*introducers, *servers, gateway]
        for daemon in daemons[:-1]:
            self.start(daemon)
        subprocess.run([PROGRAMS.storage, "--state", servers[-1].state, "account", "add", "gate", "--key",
                        gateway.run("--node-id").strip()], check=True, capture_output=True, timeout=30)
        self.start(gateway)
        wait_until(lambda: gateway.web.connected_servers() == SERVERS, 60, "all servers, by way of gossip")
        data = data_of(300_000)
        cap = gateway.web.put(data)
        self.assertEqual(gateway.web.get(cap), data)
        self.use_an_account(servers[0])
        accounts = subprocess.run([PROGRAMS.storage, "--state", servers[-1].state, "account", "list", "--json"],
                                  check=True, capture_output=True, text=True, timeout=30).stdout
        used = {account["name"]: account["shares"] for account in json.loads(accounts)["accounts"]}
        self.assertEqual((used["gate"], used["anonymous"]), (1, 0), "the grant was asked for, given and used")
        for command in ("on", "withdraw"):
            self.drain(servers[1], command)
            wait_until(lambda: self.drain(servers[1], "status")["introducers_told"] == 1, 30, f"drain {command} is told")
        wait_until(lambda: len(gateway.web.welcome()["servers"]) == SERVERS - 1, 30, "the withdrawn server is forgotten")
        places = {server.nurl().split("@")[1].split("/")[0] for server in servers}
        for daemon in reversed(daemons):
            daemon.stop()
        for daemon in daemons:
            with self.subTest(daemon.folder.name):
                log = folder / f"{daemon.folder.name}.strace"
                self.require_only_what_was_announced(daemon, log, places if daemon is gateway else set())
        self.assertIn("to introducers, which name more storage servers", gateway.run("--explain"))
        self.assertEqual(isolation.sunk_packets(), sunk)

    def drain(self, server: StorageServer, command: str) -> dict:
        """The operator's command: it speaks to the running server and to nobody else."""
        log = server.folder / f"drain-{command}.strace"
        traced = [word for word in self.traced(log) if word != "-D"]  # the log is whole when it ends
        argv = [*traced, PROGRAMS.storage, "--state", server.state, "drain", command, "--json"]
        done = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=30)
        calls = strace_log.read(log)
        self.assertTrue(any(call.name == "connect" and "admin.sock" in call.text for call in calls), calls)
        self.assertEqual((strace_log.connected(calls), strace_log.bound(calls), strace_log.datagrams(calls),
                          strace_log.address_queries(calls)), (set(), set(), [], []))
        return json.loads(done.stdout)

    def use_an_account(self, server: StorageServer) -> None:
        """Made, used, asked for in vain, rotated, revoked."""
        def account(*words: str) -> str:
            return subprocess.run([PROGRAMS.storage, "--state", server.state, "account", *words],
                                  capture_output=True, text=True, check=True, timeout=30).stdout.strip()
        first = GbsClient(account("add", "alice", "--limit", "1 MB"))
        first.put("a" * 26, 0, data_of(1000))
        with self.assertRaises(GbsError):
            first.call("POST", "/peer/v1/grant", b"not a grant request")
        second = GbsClient(account("rotate", "alice"))
        self.assertEqual(second.read_whole("a" * 26, 0), data_of(1000))
        account("revoke", "alice")
        with self.assertRaises(GbsError):
            second.version()
        first.close()
        second.close()

    def test_names_are_not_asked_for(self) -> None:
        sunk = isolation.sunk_packets()
        self.grid("sink_names", "storage.example.org:41001")
        self.assertEqual(isolation.sunk_packets(), sunk)

    def test_only_written_addresses_are_dialled(self) -> None:
        """A listed address beyond the default route is dialled, and --explain says so."""
        sunk = isolation.sunk_packets()
        self.grid("sink_addresses", "203.0.113.7:41001")
        self.assertGreater(isolation.sunk_packets(), sunk)


if __name__ == "__main__":
    isolation.run()
