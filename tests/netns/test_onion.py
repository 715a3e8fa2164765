"""A grid that hides: three storage servers as onion services, a gateway that knows Tor only, all of
them in a private Tor network. A file goes in and comes back, nothing leaves by the default route, and
the daemons talk to nobody but what --explain announced."""
from __future__ import annotations

import pathlib

import isolation
import tor_network
from watched_grid import HIDDEN, WatchedGrid
from netns import PROGRAMS, data_of, fresh_folder
from tarn_grid import Gateway, StorageServer, servers_yaml
from tor_network import TorNetwork

SERVERS = 3
BOOTSTRAP_LIMIT_S = 180
REACHED_LIMIT_S = 180


class Onion(WatchedGrid):
    def server(self, number: int, control: pathlib.Path) -> StorageServer:
        folder = self.folder / f"s{number}"
        return StorageServer(PROGRAMS, folder, nickname=f"s{number}", node=HIDDEN,
                             sections=f'[tor]\ncontrol = "unix:{control}"\nport = {80 + number}\n',
                             prefix=self.traced(folder / "strace.log"))

    def require_hidden(self, server: StorageServer) -> None:
        self.assertRegex(server.nurl(), r"^pb\+tor://[^@]+@[a-z2-7]{56}\.onion:8\d/")
        key = server.state / "private" / "onion.key"
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)

    def test_grid_of_onion_services(self) -> None:
        self.folder = fresh_folder("onion")
        network = self.enterContext(TorNetwork(self.folder / "tor"))
        control = self.folder / "tor" / "services" / "control"
        network.client("services", f"SocksPort 0\nControlPort unix:{control}\nCookieAuthentication 1\n")
        network.client("proxy", "SocksPort 127.0.0.1:9150\n")
        sunk = isolation.sunk_packets()
        servers = [self.server(number, control) for number in range(SERVERS)]
        for server in servers:
            self.start(server)
            self.require_hidden(server)
        announcements = servers_yaml(server.announcement() for server in servers)
        self.assertEqual(announcements.count("pb+tor://"), SERVERS)
        self.assertNotIn("127.0.0.1", announcements)
        network.wait_bootstrapped("services", BOOTSTRAP_LIMIT_S)
        network.wait_bootstrapped("proxy", BOOTSTRAP_LIMIT_S)

        log = self.folder / "gateway.strace"
        gateway = Gateway(PROGRAMS, self.folder / "gateway", announcements, needed=2, happy=3, total=3,
                          node=HIDDEN, prefix=self.traced(log),
                          extra='[connections]\ntcp = "off"\ntor = "socks5://127.0.0.1:9150"')
        self.start(gateway)
        self.wait_reached(gateway, SERVERS, REACHED_LIMIT_S)
        data = data_of(300_000)
        cap = self.until_it_works(lambda: gateway.web.put(data))
        self.assertEqual(self.until_it_works(lambda: gateway.web.get(cap)), data)
        servers[0].stop()
        self.assertEqual(self.until_it_works(lambda: gateway.web.get(cap)), data)

        gateway.stop()
        for server in servers[1:]:
            server.stop()
        self.assertEqual(isolation.sunk_packets(), sunk)
        self.require_only_what_was_announced(gateway, log)
        for server in servers:
            self.require_only_what_was_announced(server, server.folder / "strace.log")


if __name__ == "__main__":
    isolation.run(tor_network.unavailable)
