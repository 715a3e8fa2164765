"""What the tests share in which daemons are watched and nothing may leave."""
from __future__ import annotations

import pathlib
import re
import time
import unittest

import strace_log
from tarn_grid import Daemon, Gateway
from web_api import HttpError

HIDDEN = "reveal_ip_address = false"


class WatchedGrid(unittest.TestCase):
    maxDiff = None

    @staticmethod
    def traced(log: pathlib.Path) -> list[str]:
        return [*strace_log.COMMAND, str(log)]

    def start(self, daemon: Daemon) -> None:
        self.addCleanup(daemon.kill)
        daemon.start()

    def until_it_starts(self, daemon: Daemon, attempts: int = 20) -> None:
        """Routers that have just been started may not answer yet."""
        for left in reversed(range(attempts)):
            try:
                self.start(daemon)
                return
            except (RuntimeError, TimeoutError):
                daemon.kill()
                if left == 0:
                    raise
                time.sleep(1)

    def wait_reached(self, gateway: Gateway, servers: int, limit_s: float) -> None:
        deadline = time.monotonic() + limit_s
        while gateway.web.connected_servers() != servers:
            if time.monotonic() > deadline:
                self.fail(f"not reached after {limit_s} s: {gateway.web.welcome()['servers']}")
            time.sleep(1)

    @staticmethod
    def until_it_works(action, attempts: int = 5):
        """Paths through a network this young break now and then."""
        for left in reversed(range(attempts)):
            try:
                return action()
            except HttpError:
                if left == 0:
                    raise
                time.sleep(3)
        raise AssertionError

    def require_only_what_was_announced(self, daemon: Daemon, log: pathlib.Path,
                                        learned: set[str] = frozenset()) -> None:
        """Connections lead to what --explain prints, sockets are TCP or local, nothing is looked up.
        learned: host:port of servers that introducers have named."""
        announced = set(re.findall(r"(?:\d+\.){3}\d+:\d+", daemon.run("--explain")))
        calls = strace_log.read(log)
        self.assertTrue(any(call.name == "socket" for call in calls), "nothing was traced")
        self.assertEqual(strace_log.address_queries(calls), [])
        self.assertEqual(strace_log.datagrams(calls), [])
        self.assertLessEqual(strace_log.connected(calls) | strace_log.bound(calls), announced | learned)
