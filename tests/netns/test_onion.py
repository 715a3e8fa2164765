"""A grid that hides: three storage servers as onion services, a gateway that knows Tor only, all of
them in a private Tor network. A file goes in and comes back, nothing leaves by the default route, and
the daemons talk to nobody but what --explain announced."""
from __future__ import annotations

import re
import socket
import time
import unittest

import isolation
import strace_log
import tor_network
from netns import PROGRAMS, data_of, fresh_folder
from tarn_grid import Gateway, StorageServer, servers_yaml
from tor_network import TorNetwork
from web_api import HttpError

HIDDEN = "reveal_ip_address = false"
SERVERS = 3
BOOTSTRAP_LIMIT_S = 240
REACHED_LIMIT_S = 180


def reason_against() -> str | None:
    return tor_network.unavailable()


class TheSink(unittest.TestCase):
    def test_the_sink_sees_what_leaves(self) -> None:
        before = isolation.sunk_packets()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"x", ("203.0.113.1", 9))
        self.assertEqual(isolation.sunk_packets(), before + 1)


class Onion(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.folder = fresh_folder("onion")
        self.network = self.enterContext(TorNetwork(self.folder / "tor"))
        self.control = self.folder / "tor" / "services" / "control"
        self.network.client("services", f"SocksPort 0\nControlPort unix:{self.control}\n"
                                        "CookieAuthentication 1\n")
        self.network.client("proxy", "SocksPort 127.0.0.1:9150\n")

    def server(self, number: int) -> StorageServer:
        folder = self.folder / f"s{number}"
        return StorageServer(PROGRAMS, folder, nickname=f"s{number}", node=HIDDEN,
                             sections=f'[tor]\ncontrol = "unix:{self.control}"\nport = {80 + number}\n',
                             prefix=[*strace_log.COMMAND, str(folder / "strace.log")])

    def require_only_what_was_announced(self, daemon, log) -> None:
        """Connections lead to what --explain prints, sockets are TCP or local, nothing is looked up."""
        announced = set(re.findall(r"(?:\d+\.){3}\d+:\d+", daemon.run("--explain")))
        calls = strace_log.read(log)
        self.assertTrue(any(call.name == "socket" for call in calls), "nothing was traced")
        self.assertEqual(strace_log.address_queries(calls), [])
        self.assertEqual(strace_log.datagrams(calls), [])
        self.assertLessEqual(strace_log.connected(calls) | strace_log.bound(calls), announced)

    def wait_reached(self, gateway: Gateway, limit_s: float) -> None:
        deadline = time.monotonic() + limit_s
        while True:
            if gateway.web.connected_servers() == SERVERS:
                return
            if time.monotonic() > deadline:
                self.fail(f"not reached after {limit_s} s: {gateway.web.welcome()['servers']}")
            time.sleep(1)

    def test_grid_of_onion_services(self) -> None:
        sunk = isolation.sunk_packets()
        servers = [self.server(number) for number in range(SERVERS)]
        for server in servers:
            self.addCleanup(server.kill)
            server.start()
        announcements = servers_yaml(server.announcement() for server in servers)
        self.assertEqual(announcements.count("pb+tor://"), SERVERS)
        self.assertNotIn("127.0.0.1", announcements)
        for server in servers:
            self.assertRegex(server.nurl(), r"^pb\+tor://[^@]+@[a-z2-7]{56}\.onion:8\d/")
            key = server.state / "private" / "onion.key"
            self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.network.wait_bootstrapped("services", BOOTSTRAP_LIMIT_S)
        self.network.wait_bootstrapped("proxy", BOOTSTRAP_LIMIT_S)

        gateway = Gateway(PROGRAMS, self.folder / "gateway", announcements, needed=2, happy=3, total=3,
                          node=HIDDEN, prefix=[*strace_log.COMMAND, str(self.folder / "gateway.strace")],
                          extra='[connections]\ntcp = "off"\ntor = "socks5://127.0.0.1:9150"')
        self.addCleanup(gateway.kill)
        gateway.start()
        self.wait_reached(gateway, REACHED_LIMIT_S)
        data = data_of(300_000)
        cap = self.until_it_works(lambda: gateway.web.put(data))
        self.assertEqual(self.until_it_works(lambda: gateway.web.get(cap)), data)
        servers[0].kill()
        self.assertEqual(self.until_it_works(lambda: gateway.web.get(cap)), data)

        gateway.stop()
        for server in servers[1:]:
            server.stop()
        self.assertEqual(isolation.sunk_packets(), sunk)
        self.require_only_what_was_announced(gateway, self.folder / "gateway.strace")
        for server in servers:
            self.require_only_what_was_announced(server, server.folder / "strace.log")

    @staticmethod
    def until_it_works(action, attempts: int = 5):
        """Circuits of a network this young break now and then."""
        for left in reversed(range(attempts)):
            try:
                return action()
            except HttpError:
                if left == 0:
                    raise
                time.sleep(3)
        raise AssertionError


if __name__ == "__main__":
    isolation.run(reason_against)
