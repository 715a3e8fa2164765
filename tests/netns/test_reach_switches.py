"""What a node does to find out where it is, under strace, in a home with a router that would let it in: each kind of detection
has a switch, and off means no system call and no packet of it."""
from __future__ import annotations

import re
import time
import unittest

import home_networks
import strace_log
from friendnet import Node
from home_networks import Home
from netns import PROGRAMS, fresh_folder
from processes import Process

ROUTES = re.compile(r"/proc/(self/|thread-self/)?net/route")
# Longer than it takes until all of it has been done: the interfaces every 5 s, the router every 10 s.
WATCHED_S = 12


class Traced(Node):
    """On a desktop, on all its addresses."""

    def __init__(self, folder, name: str, home: Home, settings: str) -> None:
        super().__init__(PROGRAMS, folder / name, name)
        self.desktop = home.desktop()
        self.log = folder / f"{name}.strace"
        self.config.write_text(self.config.read_text().replace("127.0.0.1:0", "0.0.0.0:0") + settings)

    def start(self) -> None:
        with self.desktop.inside():
            self.process = Process([*strace_log.COMMAND, str(self.log), self.programs.node, "--state", self.state],
                                   self.state.parent / f"{self.state.name}.log", notify=True)
        self.process.wait_ready()

    def calls(self) -> list[strace_log.Call]:
        return strace_log.read(self.log)


def looked_at_interfaces(calls: list[strace_log.Call]) -> bool:
    return any(call.name == "socket" and "AF_NETLINK" in call.text for call in calls)


def asked_the_router(calls: list[strace_log.Call]) -> bool:
    """Or looked which it is."""
    return bool(strace_log.connected(calls)) or any(
        call.name in ("open", "openat", "openat2") and ROUTES.search(call.text) for call in calls)


class Switches(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = fresh_folder("switches")
        cls.home = Home(cls.folder)
        cls.home.let_in()
        cls.addClassCleanup(cls.home.shut)

    def watch(self, name: str, settings: str) -> list[strace_log.Call]:
        node = Traced(self.folder, name, self.home, settings)
        self.addCleanup(node.kill)
        node.start()
        time.sleep(WATCHED_S)
        node.stop()
        calls = node.calls()
        self.assertTrue(any(call.name == "socket" for call in calls), "nothing was traced")
        return calls

    def test_on(self) -> None:
        """The test sees what it looks for."""
        calls = self.watch("on", "")
        self.assertTrue(looked_at_interfaces(calls))
        self.assertTrue(asked_the_router(calls))
        self.assertIn(f"{self.home.lan}.1:5351", strace_log.connected(calls))

    def test_off(self) -> None:
        calls = self.watch("off", "[reach]\ninterfaces = false\nmapping = false\nseen = false\n")
        self.assertEqual(strace_log.address_queries(calls), [])
        self.assertEqual(strace_log.datagrams(calls), [])
        self.assertEqual(strace_log.connected(calls), set())

    def test_interfaces_off(self) -> None:
        calls = self.watch("interfaces", "[reach]\ninterfaces = false\n")
        self.assertTrue(asked_the_router(calls))
        self.assertFalse(looked_at_interfaces(calls))

    def test_mapping_off(self) -> None:
        calls = self.watch("mapping", "[reach]\nmapping = false\n")
        self.assertTrue(looked_at_interfaces(calls))
        self.assertFalse(asked_the_router(calls))

    def test_a_proxy_turns_it_all_off(self) -> None:
        calls = self.watch("proxy", '[connections]\ntcp = "socks5://127.0.0.1:9050"\n')
        self.assertEqual(strace_log.address_queries(calls), [])
        self.assertEqual(strace_log.datagrams(calls), [])

    def test_nothing_announced_turns_it_all_off(self) -> None:
        calls = self.watch("hidden", "[announce]\nlocations = []\n")
        self.assertEqual(strace_log.address_queries(calls), [])
        self.assertEqual(strace_log.datagrams(calls), [])


if __name__ == "__main__":
    home_networks.run()
