"""Two introducers, five servers and two gateways, each on a host of its own. The network falls into two
halves, both of which go on; it heals, and everybody knows everything again. Introducers die and come
back with all they knew; without any, gateways start from what they learned before."""
from __future__ import annotations

import json
import subprocess
import time
import unittest
import urllib.request

import hosts
from hosts import Cut, Host
from netns import PROGRAMS, data_of, fresh_folder
from processes import wait_until
from tarn_grid import Daemon, Gateway, Introducer, StorageServer
from web_api import HttpError

# Two shares of five give a file back: either half of the servers has enough of them.
ENCODING = {"needed": 2, "happy": 2, "total": 5}
STORAGE_PORT, INTRODUCER_PORT, STATUS_PORT = 41001, 41200, 41902
ALL_SERVERS = {f"east{i}" for i in range(3)} | {f"west{i}" for i in range(2)}
# Seconds in which what happened is known everywhere, on a machine that has other things to do.
LEARNED_S, HEALED_S = 40, 60


class Node:
    """A daemon on its host."""

    def __init__(self, host: Host, daemon: Daemon) -> None:
        self.host = host
        self.daemon = daemon

    def start(self) -> None:
        with self.host.inside():
            self.daemon.start()

    def web(self, action):
        """What `action` returns for the web API of a gateway."""
        with self.host.inside():
            return action(self.daemon.web)

    def known_servers(self) -> set[str]:
        """A gateway's, those that it can reach."""
        return {server["nickname"] for server in self.web(lambda web: web.welcome())["servers"]
                if server["connection_status"].startswith("connected to ")}

    def place_of(self, server: str) -> str:
        """Where a gateway has reached it last; empty: nowhere."""
        texts = {one["nickname"]: one["connection_status"] for one in self.web(lambda web: web.welcome())["servers"]}
        return texts.get(server, "").partition("connected to ")[2]

    def status(self) -> dict:
        """An introducer's."""
        with self.host.inside():
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            return json.loads(opener.open(f"http://127.0.0.1:{STATUS_PORT}/status.json", timeout=10).read())

    def introduced(self) -> set[str]:
        return {server["nickname"] for server in self.status()["servers"]}


class Half:
    """One introducer, some servers that tell only it, and a gateway that asks only it."""

    def __init__(self, name: str, network: str, servers: int) -> None:
        self.folder = fresh_folder(f"partition-{name}")
        self.name = name
        self.network = network
        host = self.host(1)
        self.introducer = Node(host, Introducer(PROGRAMS, self.folder / "introducer", port=INTRODUCER_PORT,
                                                address=host.address, admin_port=STATUS_PORT))
        self.url = self.introducer.daemon.url()
        self.servers = [self.server(number) for number in range(servers)]
        self.gateway = Node(self.host(2), Gateway(PROGRAMS, self.folder / "gateway", "storage: {}\n", **ENCODING,
                                                  extra=f'[introducers]\nurls = ["{self.url}"]'))

    def host(self, number: int) -> Host:
        return Host(f"{self.network}.{number}")

    def server(self, number: int) -> Node:
        host = self.host(11 + number)
        announce = f'introducers = ["{self.url}"]\nanonymous_nurl = true'
        return Node(host, StorageServer(PROGRAMS, self.folder / f"server{number}", nickname=f"{self.name}{number}",
                                        address=host.address, port=STORAGE_PORT, announce=announce))

    def nodes(self) -> list[Node]:
        return [self.introducer, *self.servers, self.gateway]


class Partition(unittest.TestCase):
    """One grid for all tests, in their order."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.east, cls.west = Half("east", "10.77.1", 3), Half("west", "10.77.2", 2)
        cls.halves = [cls.east, cls.west]
        cls.cut = Cut("10.77.1.0/24", "10.77.2.0/24")
        for half, other in ((cls.east, cls.west), (cls.west, cls.east)):
            half.introducer.daemon.configure(peers=[other.url])
        for node in [node for half in cls.halves for node in half.nodes()]:
            cls.addClassCleanup(node.daemon.kill)
            node.start()
        cls.files: dict[str, bytes] = {}

    def wait_for_all(self, limit_s: float, what: str) -> None:
        begun = time.monotonic()
        for half in self.halves:
            wait_until(lambda: half.gateway.known_servers() == ALL_SERVERS, limit_s, f"{half.name}: {what}")
        print(f"{what} after {time.monotonic() - begun:.1f} s", flush=True)

    def store(self, half: Half, seed: int) -> str:
        data = data_of(200_000 + seed)
        begun = time.monotonic()
        cap = half.gateway.web(lambda web: web.put(data))
        self.files[cap] = data
        print(f"stored from the {half.name} in {time.monotonic() - begun:.1f} s", flush=True)
        return cap

    def reads(self, half: Half, cap: str) -> bool:
        try:
            return half.gateway.web(lambda web: web.get(cap)) == self.files[cap]
        except HttpError:
            return False

    def spreads(self, half: Half) -> bool:
        """A new file goes to all five servers. One that did not answer is left alone for a while."""
        cap = self.store(half, len(self.files))
        return half.gateway.web(lambda web: web.check(cap))["results"]["count-good-share-hosts"] == 5

    def require_whole(self) -> None:
        """Both gateways read every file, and put new ones on all five servers."""
        for half in self.halves:
            for cap in self.files:
                self.assertTrue(self.reads(half, cap), half.name)
        for half in self.halves:
            wait_until(lambda: self.spreads(half), HEALED_S, f"{half.name}: files on all servers")

    def test_1_everybody_knows_everybody(self) -> None:
        self.wait_for_all(LEARNED_S, "all servers are known")
        self.require_whole()

    def test_2_both_halves_go_on(self) -> None:
        self.cut.make()
        before = list(self.files)
        for half in self.halves:
            for cap in before:
                self.assertTrue(self.reads(half, cap), f"{half.name} has shares enough")
            self.assertTrue(self.reads(half, self.store(half, 10)))
        moved = self.west.servers[1]
        moved.daemon.stop()
        text = moved.daemon.config.read_text()
        moved.daemon.config.write_text(text.replace(f":{STORAGE_PORT}", f":{STORAGE_PORT + 1}"))
        moved.start()
        # Both servers of this half are needed for it.
        wait_until(lambda: self.reads(self.west, before[0]), LEARNED_S, "the moved server is known in its half")
        type(self).only_west = self.store(self.west, 11)
        self.assertFalse(self.reads(self.east, self.only_west))

    def test_3_the_network_heals(self) -> None:
        self.cut.heal()
        begun = time.monotonic()
        moved = f"{self.west.servers[1].host.address}:{STORAGE_PORT + 1}"
        wait_until(lambda: self.east.gateway.place_of("west1") == moved, HEALED_S, "the east knows the moved server")
        self.assertTrue(self.reads(self.east, self.only_west))
        print(f"healed after {time.monotonic() - begun:.1f} s", flush=True)
        # A server that did not answer is asked again when it is needed: for files on all servers.
        self.require_whole()
        self.wait_for_all(HEALED_S, "all servers are known again")
        for half in self.halves:
            wait_until(lambda: [peer["problem"] for peer in half.introducer.status()["peers"]] == [""],
                       HEALED_S, "introducers gossip again")

    def refusals(self, half: Half) -> dict[str, str | None]:
        """Why a gateway gives servers no new shares."""
        return {server["nickname"]: server["upload_refusal"] for server in half.gateway.web(lambda web: web.welcome())["servers"]}

    def drain(self, server: Node, command: str) -> dict:
        argv = [PROGRAMS.storage, "--state", server.daemon.state, "drain", command, "--json"]
        return json.loads(subprocess.run(argv, check=True, capture_output=True, timeout=30).stdout)

    def test_3a_a_drained_server_gets_nothing_new_and_a_withdrawn_one_is_forgotten(self) -> None:
        """Both halves know within seconds, not after 48 hours; what it has can be read until it is withdrawn."""
        server = self.east.servers[2]
        self.drain(server, "on")
        begun = time.monotonic()
        for half in self.halves:
            wait_until(lambda: "takes no new shares" in (self.refusals(half)["east2"] or ""), LEARNED_S,
                       f"{half.name}: the server takes no new shares")
            self.assertEqual(half.gateway.known_servers(), ALL_SERVERS)
        print(f"a drained server is left out after {time.monotonic() - begun:.1f} s", flush=True)
        before = {path for path in server.daemon.shares.rglob("*") if path.is_file()}
        for number, half in enumerate(self.halves):
            cap = half.gateway.web(lambda web: web.put(data_of(100_000 + number)))
            self.assertTrue(half.gateway.web(lambda web: web.get(cap)))
        self.assertEqual({path for path in server.daemon.shares.rglob("*") if path.is_file()}, before)
        self.drain(server, "withdraw")
        wait_until(lambda: self.drain(server, "status")["introducers_told"] == 1, LEARNED_S, "the introducer knows")
        server.daemon.stop()
        begun = time.monotonic()
        for half in self.halves:
            wait_until(lambda: "east2" not in self.refusals(half), LEARNED_S, f"{half.name}: the server is forgotten")
            self.assertNotIn("east2", half.introducer.daemon.servers())
        print(f"a withdrawn server is forgotten after {time.monotonic() - begun:.1f} s", flush=True)
        for half in self.halves:
            for cap in self.files:
                self.assertTrue(self.reads(half, cap), f"{half.name} reads without it")
        # It comes back: withdrawn at first, and a server again when it is told so.
        server.start()
        self.assertTrue(self.drain(server, "status")["withdrawn"])
        self.drain(server, "off")
        self.wait_for_all(HEALED_S, "the server is one again")
        for half in self.halves:
            wait_until(lambda: self.refusals(half)["east2"] is None, LEARNED_S, "it takes shares again")
        self.require_whole()

    def test_4_killed_introducers_know_what_they_knew(self) -> None:
        """One at a time: what it knows then comes from its disk."""
        renamed = self.east.servers[0]
        text = renamed.daemon.config.read_text().replace('"east0"', '"renamed"')
        renamed.daemon.config.write_text(text)
        renamed.daemon.reload()
        known = ALL_SERVERS - {"east0"} | {"renamed"}
        for half in self.halves:
            wait_until(lambda: half.introducer.introduced() == known, LEARNED_S, "the new name")
            # What comes from a peer is told before it is on disk; only announcing waits for that.
            records = half.introducer.daemon.state / "records"
            wait_until(lambda: b"renamed" in records.read_bytes(), LEARNED_S, "the new name on disk")
        for half in self.halves:
            half.introducer.daemon.kill()
        for half in self.halves:
            half.introducer.start()
            self.assertEqual(half.introducer.introduced(), known)
            half.introducer.daemon.kill()

    def test_5_gateways_start_without_introducers(self) -> None:
        known = ALL_SERVERS - {"east0"} | {"renamed"}
        for half in self.halves:
            half.gateway.daemon.stop()
            half.gateway.start()
            wait_until(lambda: half.gateway.known_servers() == known, LEARNED_S, "the servers of before")
        self.require_whole()


if __name__ == "__main__":
    hosts.run()
