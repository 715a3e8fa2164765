"""A grid that hides: an introducer and three storage servers as onion services, a gateway that knows Tor
only, all of them in a private Tor network. The gateway learns of the servers, they give it its accounts, a
file goes in and comes back, nothing leaves by the default route, and the daemons talk to nobody but what
--explain announced."""
from __future__ import annotations

import pathlib
import re
import subprocess

import isolation
import tor_network
from watched_grid import HIDDEN, WatchedGrid
from netns import PROGRAMS, data_of, fresh_folder
from processes import free_port, wait_until
from tarn_grid import Gateway, Introducer, StorageServer
from tor_network import TorNetwork

SERVERS = 3
BOOTSTRAP_LIMIT_S = 180
REACHED_LIMIT_S = 300
PROXY = "127.0.0.1:9150"
CONNECTIONS = f'[connections]\ntcp = "off"\ntor = "socks5://{PROXY}"\n'


class Onion(WatchedGrid):
    def server(self, number: int, control: pathlib.Path, introducer: str) -> StorageServer:
        folder = self.folder / f"s{number}"
        return StorageServer(PROGRAMS, folder, nickname=f"s{number}", node=HIDDEN,
                             announce=f"introducers = [{introducer!r}]",
                             sections=f'[tor]\ncontrol = "unix:{control}"\nport = {80 + number}\n{CONNECTIONS}',
                             prefix=self.traced(folder / "strace.log"))

    def require_hidden(self, server: StorageServer) -> None:
        self.assertRegex(server.nurl(), r"^pb\+tor://[^@]+@[a-z2-7]{56}\.onion:8\d/")
        key = server.state / "private" / "onion.key"
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.assertNotIn("127.0.0.1", server.announcement())

    def hidden_introducer(self, network: TorNetwork, control: pathlib.Path) -> tuple[Introducer, str]:
        """An onion service of Tor's own configuration leads to it. \\return it, and its hidden URL"""
        introducer = Introducer(PROGRAMS, self.folder / "introducer", port=free_port(),
                                prefix=self.traced(self.folder / "introducer.strace"))
        service = control.parent / "introducer"
        network.client("services", f"SocksPort 0\nControlPort unix:{control}\nCookieAuthentication 1\n"
                       f"HiddenServiceDir {service}\nHiddenServicePort 90 127.0.0.1:{introducer.port}\n")
        hostname = wait_until(lambda: (service / "hostname").exists() and (service / "hostname").read_text().strip(),
                              60, "the introducer's onion address")
        return introducer, re.sub("@.*", f"@{hostname}:90", introducer.url())

    def test_grid_of_onion_services(self) -> None:
        self.folder = fresh_folder("onion")
        network = self.enterContext(TorNetwork(self.folder / "tor"))
        control = self.folder / "tor" / "services" / "control"
        sunk = isolation.sunk_packets()
        introducer, url = self.hidden_introducer(network, control)
        network.client("proxy", f"SocksPort {PROXY}\n")
        network.wait_bootstrapped("services", BOOTSTRAP_LIMIT_S)
        network.wait_bootstrapped("proxy", BOOTSTRAP_LIMIT_S)
        self.start(introducer)
        log = self.folder / "gateway.strace"
        gateway = Gateway(PROGRAMS, self.folder / "gateway", "storage: {}\n", needed=2, happy=3, total=3,
                          node=HIDDEN, prefix=self.traced(log), extra=f"{CONNECTIONS}[introducers]\nurls = [{url!r}]")
        servers = [self.server(number, control, url) for number in range(SERVERS)]
        for server in servers:
            self.start(server)
            self.require_hidden(server)
            subprocess.run([PROGRAMS.storage, "--state", server.state, "account", "add", "gate", "--key",
                            gateway.run("--node-id").strip()], check=True, capture_output=True, timeout=30)
        # Named by the introducer, without a credential: each gives it to the node that has an account.
        self.start(gateway)
        self.wait_reached(gateway, SERVERS, REACHED_LIMIT_S)
        self.assertEqual(len((gateway.state / "private" / "grants").read_text().splitlines()), SERVERS)
        data = data_of(300_000)
        cap = self.until_it_works(lambda: gateway.web.put(data))
        self.assertEqual(self.until_it_works(lambda: gateway.web.get(cap)), data)
        servers[0].stop()
        self.assertEqual(self.until_it_works(lambda: gateway.web.get(cap)), data)

        for daemon in (gateway, *servers[1:], introducer):
            daemon.stop()
        self.assertEqual(isolation.sunk_packets(), sunk)
        self.require_only_what_was_announced(gateway, log)
        self.require_only_what_was_announced(introducer, self.folder / "introducer.strace")
        for server in servers:
            self.require_only_what_was_announced(server, server.folder / "strace.log")


if __name__ == "__main__":
    isolation.run(tor_network.unavailable)
