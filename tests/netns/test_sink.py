"""A grid beside a default route into the void: it works, and not a packet takes that route, though a
server is listed that nobody reaches; what the daemons connect to is what --explain announced."""
from __future__ import annotations

import socket
import unittest

import isolation
from netns import PROGRAMS, data_of, fresh_folder
from tarn_grid import Gateway, StorageServer, servers_yaml
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
